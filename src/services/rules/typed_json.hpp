#pragma once
// JSON read by the types that a model declares.
#include "type.hpp"

namespace minben::rules {

/// Like from_json, but texts become dates, times and durations where `type` says so, also inside
/// lists and contexts. Error "wrong_type" with the JSON pointer in Error::field.
Result<Value> typed_from_json(const Json& json, const Type* type, const std::string& pointer = {});

}  // namespace minben::rules
