#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "store/database.h"

namespace grumble::app {

/// Nothing is stored about a model. `what()` names it, and the models there
/// are.
class UnknownModel : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Puts names of models into the case that the database has. Throws
/// UnknownModel.
void match_models(store::Database& database, std::vector<std::string>& models);

}  // namespace grumble::app
