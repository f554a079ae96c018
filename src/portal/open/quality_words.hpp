#pragma once
// What the pages for everybody and those of stewards share of quality: badges, reasons, and what
// would raise them.
#include "messages/quality.hpp"
#include "page/page.hpp"
#include "quality/quality.hpp"

namespace minben::open {

/// "quality_" + key; "" when there is no such text.
std::string_view quality_text(Language language, std::string_view key);

/// A badge in words with as many diamonds as it is high, so that it does not depend on colour.
/// Nothing: never checked.
void badge_tag(page::Writer& page, Language language, const std::optional<quality::Badge>& badge);
std::string_view badge_text(Language language, const std::optional<quality::Badge>& badge);
void finding_tag(page::Writer& page, Language language, quality::Finding finding);
/// What an evidence's code means: "the server answers with an error".
std::string_view reason_text(Language language, std::string_view code);
/// The criteria that keep a dataset from its next badge, each with what would raise it.
void what_would_raise(page::Writer& page, Language language, const quality::Report& report);
/// "Links answer, Programs can read it".
std::string criteria_text(Language language, const std::vector<std::string>& codes);

}  // namespace minben::open
