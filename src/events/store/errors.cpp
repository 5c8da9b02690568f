#include "events/store/errors.hpp"

#include "events/store/held_directory.hpp"

namespace threatatlas::store {

StoreRefused::StoreRefused(const std::string& text) : std::runtime_error(with_usual_names(text)) {}

StorageError::StorageError(const std::string& text) : std::runtime_error(with_usual_names(text)) {}

}  // namespace threatatlas::store
