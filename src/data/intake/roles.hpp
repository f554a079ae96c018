#pragma once
// What a column stands for.
#include "profile.hpp"

namespace minben::intake {

Role role_of(std::string_view name, Type type, const ColumnProfile& profile);

}  // namespace minben::intake
