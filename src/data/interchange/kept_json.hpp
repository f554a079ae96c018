#pragma once
// What a JSON form said beyond our members, and how it comes back.
#include <functional>

#include "core/core.hpp"

namespace minben::interchange {

/// Members of `said` that `written` does not have just so.
JsonObject beyond(const JsonObject& said, const JsonObject& written);

/// Puts the kept members into `written`, as long as `same` says that the whole still reads as
/// before. When something was changed since, those that contradict stay out.
void bring_back(JsonObject& written, const JsonObject& kept,
                const std::function<bool(const JsonObject&)>& same);

}  // namespace minben::interchange
