#pragma once
// Walking through answers by the form that asked for them.
#include <string>
#include <vector>

#include "forms/forms.hpp"

namespace minben::casework {

/// A file field that is answered, at its place.
struct FileAnswer {
  std::string pointer;   ///< "/passport_copy", "/jobs/0/contract"
  std::string document;  ///< documents::DocumentId as text
};
std::vector<FileAnswer> file_answers(const forms::Form& form, const JsonObject& answers);

/// What stays readable beside the case: pointer → value of the package's queue filters, as far as
/// they are answered.
JsonObject filter_choices(const std::vector<std::string>& pointers, const JsonObject& answers);

/// The top-level property of a pointer: "/jobs/0/contract" → "jobs".
std::string property_of(std::string_view pointer);
/// The value at a pointer, or nullptr.
const Json* value_at(const JsonObject& answers, std::string_view pointer);

}  // namespace minben::casework
