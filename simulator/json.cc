// Boost.JSON is built into this one file; the rest uses its declarations.
#include <boost/json/src.hpp>
