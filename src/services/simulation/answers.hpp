#pragma once
// Answers as a person would give them, from the words of the arrivals file.
#include <optional>

#include "forms/forms.hpp"
#include "simulation/simulation.hpp"

namespace minben::simulation {

/// The text as the field's value; nullopt when the field cannot hold it.
std::optional<Json> value_of(const forms::Field& field, std::string_view text);

}  // namespace minben::simulation
