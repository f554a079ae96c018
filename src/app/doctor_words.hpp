#pragma once
// Private: findings as commands print them.
#include "doctor/doctor.hpp"

namespace minben::app::doctor {

void print_words(const Findings& findings);
void print_json(const Findings& findings);

}  // namespace minben::app::doctor
