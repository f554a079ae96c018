#pragma once
// Private: what every page of open data starts from.
#include "catalogue/vocabulary.hpp"
#include "messages/common.hpp"
#include "messages/open.hpp"
#include "open.hpp"
#include "page/page.hpp"

namespace minben::open {

using page::Frame;
using page::Size;
using page::Tone;
using page::Url;
using page::Visit;
using page::when;
using page::Writer;

struct Parts : Dependencies {
  /// For reading.
  template <class Work>
  auto read(Work&& work) const {
    return database.separately(std::forward<Work>(work));
  }
};
using Pages = page::PagesOf<Parts>;

// What each file of the room adds.
void add_search(Pages& pages);
void add_dataset(Pages& pages);
void add_versions(Pages& pages);
void add_series(Pages& pages);
void add_publishers(Pages& pages);
void add_table(Pages& pages);
void add_embedded(Pages& pages);
void add_requests(Pages& pages);
void add_reports(Pages& pages);
void add_ratings(Pages& pages);
void add_showcase(Pages& pages);
void add_subscriptions(Pages& pages);
void add_use(Pages& pages);
void add_quality(Pages& pages);
void add_league(Pages& pages);
void add_live(Pages& pages);
void add_hooks(Pages& pages);

/// What a person can be told of: voices::Subject's name, and its target (a search as JSON).
void subscribe_form(Writer& page, const Visit& visit, std::string_view subject,
                    std::string_view target);
/// The badge of a published dataset, and where its reasons are.
void quality_line(Writer& page, const Parts& parts, const Visit& visit,
                  const catalogue::Entry& entry);
/// How the dataset is used and what people say of it.
void voices_box(Writer& page, const Parts& parts, const Visit& visit,
                const catalogue::Entry& entry);

enum class Section { datasets, publishers, quality, requests, reuses, mine, none };
Frame frame(const Visit& visit, std::string_view title, Section section = Section::none);

/// By the name in the path. Drafts are nobody's business here: not_found. Withdrawn ones are found.
Result<catalogue::Entry> entry_of(const Parts& parts, const Visit& visit);
/// To look for publishers by name, at the page that lists them.
void publisher_form(Writer& page, const Visit& visit, const Url& here);
/// How many were found so.
void publishers_found(Writer& page, Language language, std::size_t count);
/// As people call it; the code when it has no name.
std::string publisher_name(const Parts& parts, const Visit& visit,
                           const catalogue::PublisherCode& code);
/// When its data last changed, that it does so all the time or, where nobody says anything, when
/// its entry in the catalogue changed.
std::string changed_text(Language language, const catalogue::Entry& entry);
/// It has not been updated as promised.
bool is_late(const Visit& visit, const catalogue::Entry& entry);
void late_tag(Writer& page, Language language);
/// In the language of the page or, where there is none, the other one, marked as such for screen
/// readers.
void text(Writer& page, Language language, const catalogue::Text& value);
std::string licence_name(const std::string& licence, Language language);

Url dataset_url(const Visit& visit, const std::string& name);
Url search_url(const Visit& visit);
Url series_url(const Visit& visit, const std::string& name);
/// The page of the rows of a distribution.
Url table_url(const Visit& visit, const std::string& dataset, catalogue::DistributionId id);

}  // namespace minben::open
