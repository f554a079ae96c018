#pragma once
// What a resident of the demonstration country writes into an application for a Gold Card.
#include "core/core.hpp"
#include "people.hpp"

namespace minben::app::demo {

/// The answers of the application form, but for the files it asks for. `prc`: was employed there.
JsonObject gold_card_answers(const Resident& resident, bool prc, Random& random);

/// Whether the rules would let this resident apply at all.
bool may_apply(const Resident& resident, Date today);

}  // namespace minben::app::demo
