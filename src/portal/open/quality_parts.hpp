#pragma once
// Private: pieces of the page about a dataset's quality.
#include "parts.hpp"
#include "quality_words.hpp"

namespace minben::open {

/// What the file is called, or which it is.
std::string file_name(Language language, const catalogue::Dataset& dataset,
                      catalogue::DistributionId id);

/// The six criteria with the reasons of each file.
void criteria_table(Writer& page, const Visit& visit, const catalogue::Dataset& dataset,
                    const quality::Report& report);
/// The five dimensions, drawn, and all points with what they lack.
void mqa_section(Writer& page, const Visit& visit, const quality::Report& report);
void links_table(Writer& page, const Visit& visit, const catalogue::Dataset& dataset,
                 const quality::Report& report);
void badge_history(Writer& page, const Visit& visit,
                   const std::vector<quality::BadgeChange>& changes);
void checks_table(Writer& page, const Visit& visit, const catalogue::Dataset& dataset,
                  const std::vector<quality::Check>& checks);

}  // namespace minben::open
