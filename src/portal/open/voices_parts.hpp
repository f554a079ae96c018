#pragma once
// Private: what the pages share on which people say something.
#include "open/voices_words.hpp"
#include "parts.hpp"
#include "voices/opinions.hpp"
#include "voices/showcase.hpp"
#include "voices/subscriptions.hpp"
#include "voices/use.hpp"

namespace minben::open {

void requests_table(Writer& page, const Visit& visit, const catalogue::Index& index,
                    std::span<const voices::RequestLine> lines);
void reports_table(Writer& page, const Visit& visit, std::span<const voices::ReportLine> lines);
void reuses_list(Writer& page, const Visit& visit, std::span<const voices::Reuse> reuses);

/// Whoever is signed in and speaks for themselves; nothing for others.
std::optional<PersonId> speaker(const Visit& visit);

}  // namespace minben::open
