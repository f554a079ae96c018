#pragma once
// What a column stands for.
#include "profile.hpp"

namespace minben::intake {

Role role_of(std::string_view name, Type type, const ColumnProfile& profile);

/// At least nine in ten values of the sample are numbers between these.
bool within(const ColumnProfile& profile, double low, double high);

}  // namespace minben::intake
