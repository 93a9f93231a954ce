#include "analyzer/analyzer.h"
