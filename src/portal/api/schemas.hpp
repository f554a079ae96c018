#pragma once
// JSON Schema 2020-12 of what goes in and out: schemas.json, as it stands in the OpenAPI document.
#include <string_view>

namespace minben::api {

extern const std::string_view component_schemas;

}  // namespace minben::api
