#pragma once
// Private: what the pages of mandates share.
#include "identity/mandates.hpp"
#include "messages/mandates.hpp"
#include "parts.hpp"

namespace minben::citizen {

Frame mandate_frame(const Visit& visit, std::string_view title);
/// "Services (all services), personal data".
std::string powers_text(const Parts& parts, Language language, const identity::Powers& powers);
/// The last day on which it can be used.
std::string last_day(Language language, const identity::Mandate& mandate);
std::string_view event_name(Language language, std::string_view event);
/// Kind, powers and last day.
void mandate_rows(Writer& list, const Parts& parts, const Visit& visit,
                  const identity::Mandate& mandate);
/// Whose mandates the visitor may grant and see: their own, or of whom they represent by law;
/// nothing under a granted mandate.
std::optional<PersonId> grantor(const Visit& visit);

}  // namespace minben::citizen
