// Finding datasets: words, what to narrow by, and the list.
#include <fmt/format.h>

#include "filters.hpp"
#include "markdown.hpp"
#include "messages/voices.hpp"
#include "quality_words.hpp"
#include "voices/subscriptions.hpp"

namespace minben::open {

namespace {

using catalogue::Entry;
using catalogue::FacetValue;
using catalogue::Hits;

void search_form(Writer& page, const Visit& visit, const Asked& asked) {
  const Language language = visit.language;
  page << "<form class=\"mb-search\" role=\"search\" method=\"get\" action=\"" << search_url(visit)
       << "\" data-island=\"suggest\" data-suggest=\"" << visit.url({"dataset-suggestions"})
       << "\" data-label=\"" << msg::open_suggestions(language) << "\" data-some=\""
       << msg::open_suggestions_count(language) << "\" data-none=\""
       << msg::open_suggestions_none(language) << "\">";
  page::text_input(page,
                   {.name = "q",
                    .label = std::string(msg::open_search_label(language)),
                    .hint = {},
                    .error = {}},
                   {.value = asked.words, .type = "search"});
  for (const auto& [facet, value] : asked.chosen) page::hidden(page, facet.name, value);
  if (!asked.sort.empty()) page::hidden(page, "sort", asked.sort);
  page::button(page, {.text = std::string(msg::open_search_button(language)), .once = false});
  page << "</form>";
}

void chosen_filters(Writer& page, const Parts& parts, const Visit& visit, const Asked& asked) {
  if (asked.chosen.empty()) return;
  const Language language = visit.language;
  page << "<h2 class=\"govuk-heading-s\">" << msg::open_chosen(language)
       << "</h2><ul class=\"mb-chosen\">";
  for (std::size_t i = 0; i < asked.chosen.size(); ++i) {
    const auto& [facet, value] = asked.chosen[i];
    page << "<li><a class=\"mb-chosen__one\" href=\"" << url_of(visit, asked, i) << "\"><span>"
         << facet_title(language, facet.name) << "</span> "
         << value_text(parts, visit, facet, value) << "<span class=\"govuk-visually-hidden\"> "
         << msg::open_remove(language) << "</span></a></li>";
  }
  page << "</ul>";
}

bool is_chosen(const Asked& asked, const Facet& facet, const std::string& value) {
  for (const auto& [each, chosen] : asked.chosen)
    if (each.name == facet.name && chosen == value) return true;
  return false;
}

void facet_list(Writer& page, const Parts& parts, const Visit& visit, const Asked& asked,
                const Facet& facet, const std::vector<FacetValue>& values, bool open) {
  if (values.empty()) return;
  page << "<details class=\"mb-facet\"" << when(open, " open") << "><summary>"
       << facet_title(visit.language, facet.name) << "</summary><ul>";
  for (const FacetValue& each : values) {
    if (is_chosen(asked, facet, each.value)) continue;
    page << "<li><a class=\"govuk-link\" rel=\"nofollow\" href=\""
         << url_of(visit, asked).with(facet.name, each.value) << "\">"
         << value_text(parts, visit, facet, each.value) << "</a> <span class=\"mb-tabular\">"
         << each.count << "</span></li>";
  }
  page << "</ul></details>";
}

void narrow(Writer& page, const Parts& parts, const Visit& visit, const Asked& asked,
            const Hits& hits) {
  if (hits.total == 0) return;
  // On a phone one line that opens, so that the results are not below a screen of lists.
  const std::string_view title = msg::open_narrow(visit.language);
  page << "<nav class=\"mb-narrow\" aria-label=\"" << title << "\"><details><summary>" << title
       << "</summary>";
  for (std::size_t i = 0; i < facets().size(); ++i)
    facet_list(page, parts, visit, asked, facets()[i], hits.facets[i].second, i < 2);
  page << "</details></nav>";
}

void format_tags(Writer& page, const catalogue::Dataset& dataset) {
  std::vector<std::string> seen;
  for (const auto& each : dataset.distributions) {
    if (each.format.empty() || std::ranges::find(seen, each.format) != seen.end()) continue;
    if (seen.size() == 6) break;
    seen.push_back(each.format);
    page << "<li>" << each.format << "</li>";
  }
}

void result(Writer& page, const Parts& parts, const Visit& visit, const Entry& entry,
            const quality::Mark& mark) {
  const Language language = visit.language;
  const catalogue::Dataset& dataset = entry.dataset;
  page << "<li class=\"mb-result\"><h2 class=\"mb-result__title\"><a class=\"govuk-link\" href=\""
       << dataset_url(visit, dataset.name) << "\">";
  text(page, language, dataset.title);
  page << "</a></h2>";
  if (const std::string about = plain_text(dataset.description.in(language), 140); !about.empty())
    page << "<p class=\"mb-result__about\">" << about << "</p>";
  page << "<p class=\"mb-result__facts\">" << publisher_name(parts, visit, dataset.publisher)
       << " · " << changed_text(language, entry) << "</p><ul class=\"mb-formats\">";
  format_tags(page, dataset);
  page << "</ul>";
  const bool late = is_late(visit, entry);
  if (mark.checked || late) {
    page << "<p class=\"mb-result__badge\">";
    if (mark.checked) badge_tag(page, language, mark.badge);
    if (late) {
      page << " ";
      late_tag(page, language);
    }
    page << "</p>";
  }
  page << "</li>";
}

void sorts(Writer& page, const Visit& visit, const Asked& asked) {
  const Language language = visit.language;
  page << "<p class=\"mb-sorts\">" << msg::open_sort(language);
  for (const std::string_view sort : {"", "modified", "created", "title"}) {
    const auto name =
        msg::find_in_open(language, fmt::format("open_sort_{}", sort.empty() ? "best" : sort));
    page << " ";
    if (asked.sort == sort) {
      page << "<strong aria-current=\"true\">" << std::string_view(*name) << "</strong>";
      continue;
    }
    Asked other = asked;
    other.sort = sort;
    page::link(page, *name, url_of(visit, other));
  }
  page << "</p>";
}

void nothing_found(Writer& page, const Visit& visit, const Asked& asked) {
  const Language language = visit.language;
  page::paragraph(page, msg::open_nothing(language));
  page << "<ul class=\"govuk-list govuk-list--bullet\"><li>" << msg::open_nothing_shorter(language)
       << "</li>";
  if (!asked.chosen.empty()) {
    Asked wider = asked;
    wider.chosen.clear();
    page << "<li>";
    page::link(page, msg::open_nothing_wider(language), url_of(visit, wider));
    page << "</li>";
  }
  page << "<li>";
  page::link(page, msg::voices_requests_new(language), visit.url({"dataset-requests", "new"}));
  page << "</li></ul>";
}

/// As voices::SavedSearch is written; "" when nothing is looked for.
std::string saved(const Asked& asked) {
  voices::SavedSearch search{.words = asked.words};
  for (const auto& [facet, value] : asked.chosen) search.filters.emplace_back(facet.name, value);
  return voices::search_query(search) ? write_json(voices::to_json(search)) : std::string();
}

void found(Writer& page, const Parts& parts, const Visit& visit, const Asked& asked,
           const Hits& hits, const std::vector<Entry>& entries,
           const std::vector<quality::Mark>& marks) {
  const Language language = visit.language;
  page << "<p class=\"mb-count\" role=\"status\">"
       << (hits.relaxed ? msg::open_found_relaxed(language, hits.total)
                        : msg::open_found(language, hits.total))
       << "</p>";
  if (entries.empty()) return nothing_found(page, visit, asked);
  sorts(page, visit, asked);
  page << "<ol class=\"mb-results\">";
  for (std::size_t i = 0; i < entries.size(); ++i) result(page, parts, visit, entries[i], marks[i]);
  page << "</ol>";
  page::pagination(
      page, language,
      {.current = asked.page, .count = static_cast<int>((hits.total + page_size - 1) / page_size)},
      url_of(visit, asked));
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const Asked asked = read_asked(visit.request.query);
  MINBEN_TRY(hits, parts.index.search(query_of(asked)));
  MINBEN_TRY(entries, parts.read([&](store::Transaction& tx) {
    return parts.catalogue.entries(tx, hits.ids);
  }));
  std::erase_if(entries,
                [](const Entry& entry) { return entry.status != catalogue::Status::published; });
  std::vector<catalogue::DatasetId> shown;
  for (const Entry& entry : entries) shown.push_back(entry.dataset.id);
  MINBEN_TRY(marks,
             parts.read([&](store::Transaction& tx) { return parts.quality.marks(tx, shown); }));
  Frame made = frame(visit, msg::open_title(language), Section::datasets);
  made.wide = true;
  return html_page(visit, made, [&](Writer& page) {
    page << "<h1 class=\"govuk-heading-l\">" << msg::open_title(language) << "</h1>";
    search_form(page, visit, asked);
    page << "<div class=\"mb-finding\"><div>";
    chosen_filters(page, parts, visit, asked);
    narrow(page, parts, visit, asked, hits);
    page << "</div><div>";
    found(page, parts, visit, asked, hits, entries, marks);
    if (const std::string search = saved(asked); !search.empty())
      subscribe_form(page, visit, "search", search);
    page << "</div></div>";
  });
}

/// For the box that helps while typing; without script nothing asks for it.
Result<net::Response> suggest(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  JsonArray list;
  for (const catalogue::Suggestion& each : parts.index.suggest(visit.request.query.get("q"))) {
    using Kind = catalogue::Suggestion::Kind;
    const Url url = each.kind == Kind::dataset     ? dataset_url(visit, each.value)
                    : each.kind == Kind::publisher ? visit.url({"publishers", each.value})
                                                   : search_url(visit).with("keyword", each.value);
    const std::string_view kind = each.kind == Kind::dataset ? msg::open_series_dataset(language)
                                  : each.kind == Kind::publisher
                                      ? msg::open_facet_publisher(language)
                                      : msg::open_facet_keyword(language);
    list.push_back(JsonObject{{"text", each.text}, {"url", url.text()}, {"kind", kind}});
  }
  return net::Response::json(JsonObject{{"suggestions", list}});
}

}  // namespace

void add_search(Pages& pages) {
  pages.get("/datasets", page::access::anyone, show);
  pages.get("/dataset-suggestions", page::access::anyone, suggest);
}

}  // namespace minben::open
