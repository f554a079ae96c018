#pragma once
// Private: what the pages on which catalogues of others are harvested share. They are for the data
// stewards of the platform; `minben harvest` has the same powers.
#include "harvest/harvest.hpp"
#include "messages/harvest.hpp"
#include "parts.hpp"

namespace minben::steward {

using harvest::Run;
using harvest::RunState;
using harvest::Source;
using harvest::SourceCode;
using Lines = std::vector<page::ErrorLine>;

/// "harvest_" + key; the key itself when there is no such text.
std::string harvest_text(Language language, std::string_view key);
/// forbidden unless the officer is a steward of the platform.
Result<void> check_platform(const Parts& parts, const Visit& visit);
/// "/<language>/desk/data/harvest/parts…"
Url harvest_url(const Visit& visit, std::initializer_list<std::string_view> parts = {});
/// Of the path's {source}.
Result<Source> asked_source(const Parts& parts, const Visit& visit);
Frame harvest_frame(const Visit& visit, std::string_view title);
page::Link to_sources(const Visit& visit);
page::Link to_source(const Visit& visit, const Source& source);

void run_tags(Writer& page, Language language, const Run& run);
/// Why it ended or waits, in words as far as there are any.
std::string run_reason(Language language, const Run& run);
std::string count_text(std::int64_t count);  ///< "12,345"
/// What an action was refused for, in words; nothing when it is no fault of the steward's.
std::optional<page::ErrorLine> refusal(Language language, const Error& error);

/// The page of a source; `errors` of an action that was refused.
Result<net::Response> source_page(const Parts& parts, const Visit& visit, const Source& source,
                                  const Lines& errors);

void add_harvest_sources(Pages& pages);
void add_harvest_form(Pages& pages);
void add_harvest_runs(Pages& pages);

}  // namespace minben::steward
