#include "open.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "messages/quality.hpp"
#include "messages/voices.hpp"
#include "parts.hpp"
#include "voices_words.hpp"

namespace minben::open {

using catalogue::Entry;
using catalogue::Publisher;
using catalogue::PublisherCode;
using catalogue::Status;

Frame frame(const Visit& visit, std::string_view title, Section section) {
  const Language language = visit.language;
  Frame made{.title = std::string(title)};
  made.service_name = msg::open_name(language);
  const auto add = [&](std::string_view text, const Url& url, bool current) {
    made.navigation.push_back({std::string(text), url, current});
  };
  add(msg::open_nav_datasets(language), search_url(visit), section == Section::datasets);
  add(msg::open_nav_publishers(language), visit.url({"publishers"}),
      section == Section::publishers);
  add(msg::quality_title(language), visit.url({"quality"}), section == Section::quality);
  add(msg::voices_nav_requests(language), visit.url({"dataset-requests"}),
      section == Section::requests);
  add(msg::voices_nav_reuses(language), visit.url({"reuses"}), section == Section::reuses);
  if (visit.signed_in())
    add(msg::voices_nav_mine(language), visit.url({"my-open-data"}), section == Section::mine);
  add(msg::open_nav_services(language), visit.url({}), false);
  return made;
}

Url search_url(const Visit& visit) { return visit.url({"datasets"}); }
Url dataset_url(const Visit& visit, const std::string& name) {
  return visit.url({"datasets", name});
}

Url table_url(const Visit& visit, const std::string& dataset, catalogue::DistributionId id) {
  return visit.url({"datasets", dataset, "tables", to_string(id)});
}

Result<Entry> entry_of(const Parts& parts, const Visit& visit) {
  const std::string_view name = visit.request.parameter("name");
  auto entry = parts.read([&](store::Transaction& tx) { return parts.catalogue.find(tx, name); });
  if (entry && entry->status == Status::draft) return fail(Kind::not_found, "no_such_dataset");
  return entry;
}

std::string publisher_name(const Parts& parts, const Visit& visit, const PublisherCode& code) {
  return publisher_title(parts.index, visit.language, code);
}

std::string changed_text(Language language, const catalogue::Entry& entry) {
  if (entry.dataset.frequency.kind == catalogue::Frequency::Kind::continuous)
    return std::string(msg::open_data_live(language));
  const auto data = catalogue::data_changed_at(entry.dataset);
  return data ? msg::open_data_changed(language, taiwan_date(*data))
              : msg::open_changed(language, taiwan_date(entry.changed_at));
}

bool is_late(const Visit& visit, const catalogue::Entry& entry) {
  const auto due = catalogue::due(entry);
  return due && *due < visit.site.now();
}

void late_tag(Writer& page, Language language) {
  page::tag(page, msg::open_late(language), Tone::warn);
}

void text(Writer& page, Language language, const catalogue::Text& value) {
  const bool wanted = language == Language::zh_hant ? !value.zh_hant.empty() : !value.en.empty();
  const std::string& shown = value.in(language);
  if (wanted || shown.empty()) {
    page << shown;
    return;
  }
  const Language other = language == Language::zh_hant ? Language::en : Language::zh_hant;
  page << "<span lang=\"" << language_tag(other) << "\">" << shown << "</span>";
}

std::string licence_name(const std::string& licence, Language language) {
  const auto* known = catalogue::vocabulary::find_licence(licence);
  if (known) return std::string(known->term.in(language));
  return licence.empty() ? std::string(msg::open_not_said(language)) : licence;
}

std::vector<net::Route> routes(const Dependencies& dependencies) {
  Pages pages(std::make_shared<const Parts>(dependencies),
              [](Visit& visit, const Error& error) { return page::error_page(visit, error); });
  add_search(pages);
  add_dataset(pages);
  add_versions(pages);
  add_series(pages);
  add_publishers(pages);
  add_table(pages);
  add_embedded(pages);
  add_requests(pages);
  add_reports(pages);
  add_ratings(pages);
  add_showcase(pages);
  add_subscriptions(pages);
  add_use(pages);
  add_quality(pages);
  add_league(pages);
  add_live(pages);
  add_hooks(pages);
  return pages.take();
}

}  // namespace minben::open
