// One dataset: what it is, what there is to get, and where it comes from. Its facts are marked up
// as schema.org's Dataset (microdata, since pages carry no script of their own), for search
// engines.
#include <set>

#include <fmt/format.h>

#include "live.hpp"
#include "markdown.hpp"
#include "page/numbers.hpp"
#include "parts.hpp"
#include "voices/use.hpp"

namespace minben::open {

namespace {

using catalogue::Dataset;
using catalogue::Distribution;
using catalogue::Entry;
using catalogue::Status;
namespace vocabulary = catalogue::vocabulary;

void withdrawn_notice(Writer& page, const Visit& visit, const Entry& entry) {
  if (entry.status != Status::withdrawn) return;
  const Language language = visit.language;
  page::inset_text(page, [&](Writer& inside) {
    page::heading(inside, 2, msg::open_withdrawn(language, taiwan_date(entry.withdrawal->at)),
                  Size::s);
    inside << "<p class=\"govuk-body\">";
    inside.lines(entry.withdrawal->reason);
    inside << "</p>";
    page::paragraph(inside, msg::open_withdrawn_text(language));
  });
}

void address_link(Writer& page, const Visit& visit, std::string_view words,
                  const std::string& address) {
  if (const auto url = Url::published(address))
    page::outside_link(page, visit.language, words, *url);
  else page << address;
}

void fields_table(Writer& page, const Visit& visit, const Distribution& distribution) {
  if (distribution.fields.empty()) return;
  const Language language = visit.language;
  page::details(page,
                msg::open_fields(language, static_cast<std::int64_t>(distribution.fields.size())),
                [&](Writer& inside) {
                  const std::vector<page::Column> columns{
                      {.title = std::string(msg::open_field_name(language))},
                      {.title = std::string(msg::open_field_about(language))},
                      {.title = std::string(msg::open_field_type(language))}};
                  page::table(inside, msg::open_fields_caption(language), columns,
                              [&](Writer& rows) {
                                for (const auto& field : distribution.fields)
                                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                                    cells.head([&](Writer& cell) { cell << field.name; });
                                    cells.add([&](Writer& cell) {
                                      text(cell, language, field.description);
                                      if (!field.unit.empty()) cell << " (" << field.unit << ")";
                                    });
                                    cells.add(field.type);
                                  });
                              },
                              {.caption_hidden = true, .stacks = true});
                });
}

void distribution_facts(Writer& page, const Visit& visit, const Distribution& d) {
  const Language language = visit.language;
  std::vector<std::string> facts;
  if (!d.format.empty()) facts.push_back(d.format);
  if (d.byte_size) facts.push_back(page::bytes_text(*d.byte_size));
  if (d.rows) facts.emplace_back(msg::open_rows(language, *d.rows));
  if (!d.character_encoding.empty()) facts.push_back(d.character_encoding);
  if (d.modified) facts.emplace_back(msg::open_data_changed(language, taiwan_date(*d.modified)));
  page << "<p class=\"mb-result__facts\">";
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (i > 0) page << " · ";
    page << facts[i];
  }
  page << "</p>";
}

/// Whether its rows can be looked at.
bool has_table(const Parts& parts, const Distribution& d) {
  const auto id = datastore::TableId::parse(to_string(d.id));
  return id && parts.tables.info(*id).has_value();
}

void distribution_links(Writer& page, const Parts& parts, const Visit& visit,
                        const Dataset& dataset, const Distribution& d) {
  const Language language = visit.language;
  page << "<p class=\"govuk-body mb-links\">";
  if (has_table(parts, d)) {
    page << "<a class=\"govuk-button govuk-button--secondary\" href=\""
         << table_url(visit, dataset.name, d.id) << "\">" << msg::open_look_at_rows(language)
         << "<span class=\"govuk-visually-hidden\"> " << d.title.in(language) << "</span></a> ";
  }
  if (const auto url = Url::published(d.download_url))
    page << "<a class=\"govuk-button\" rel=\"noopener noreferrer\" itemprop=\"contentUrl\" href=\""
         << *url << "\">" << msg::open_download(language)
         << "<span class=\"govuk-visually-hidden\"> " << d.title.in(language) << "</span></a> ";
  if (!d.access_url.empty()) address_link(page, visit, msg::open_access(language), d.access_url);
  if (!d.api_description_url.empty()) {
    page << " ";
    address_link(page, visit, msg::open_api_description(language), d.api_description_url);
  }
  page << "</p>";
  if (d.checksum)
    page << "<p class=\"govuk-body mb-hash\">" << d.checksum->algorithm << " " << d.checksum->hex
         << "</p>";
}

void distribution(Writer& page, const Parts& parts, const Visit& visit, const Dataset& dataset,
                  std::size_t index) {
  const Language language = visit.language;
  const Distribution& d = dataset.distributions[index];
  page << "<li class=\"mb-distribution\" itemprop=\"distribution\" itemscope "
          "itemtype=\"https://schema.org/DataDownload\" id=\""
       << to_string(d.id) << "\"><h3 class=\"govuk-heading-s\" itemprop=\"name\">";
  if (d.title.empty()) page << msg::open_file(language, static_cast<std::int64_t>(index) + 1);
  else text(page, language, d.title);
  page << "</h3>";
  if (!d.media_type.empty())
    page << "<meta itemprop=\"encodingFormat\" content=\"" << d.media_type << "\">";
  distribution_facts(page, visit, d);
  if (!d.description.empty()) markdown(page, d.description.in(language), 4);
  distribution_links(page, parts, visit, dataset, d);
  fields_table(page, visit, d);
  page << "</li>";
}

void distributions(Writer& page, const Parts& parts, const Visit& visit, const Entry& entry) {
  const Language language = visit.language;
  const Dataset& dataset = entry.dataset;
  page::heading(
      page, 2,
      msg::open_distributions(language, static_cast<std::int64_t>(dataset.distributions.size())));
  if (dataset.distributions.empty()) page::paragraph(page, msg::open_no_distributions(language));
  constexpr std::size_t shown_at_once = 20;
  const auto list = [&](Writer& inside, std::size_t from, std::size_t to) {
    inside << "<ul class=\"mb-distributions\">";
    for (std::size_t i = from; i < to; ++i) distribution(inside, parts, visit, dataset, i);
    inside << "</ul>";
  };
  const std::size_t all = dataset.distributions.size();
  list(page, 0, std::min(all, shown_at_once));
  if (all > shown_at_once)
    page::details(page,
                  msg::open_more_files(language, static_cast<std::int64_t>(all - shown_at_once)),
                  [&](Writer& inside) { list(inside, shown_at_once, all); });
}

std::string period_text(const Visit& visit, const catalogue::Period& period) {
  const auto date = [&](const std::optional<Date>& day) {
    return day ? long_date(*day, visit.language) : std::string("…");
  };
  return fmt::format("{} – {}", date(period.from), date(period.to));
}

void time_rows(Writer& rows, const Visit& visit, const Entry& entry) {
  const Language language = visit.language;
  const Dataset& d = entry.dataset;
  const auto changed = catalogue::data_changed_at(d);
  page::summary_row(rows, msg::open_frequency(language), [&](Writer& value) {
    value << vocabulary::frequency_text(d.frequency, language);
    if (!is_late(visit, entry)) return;
    value << " ";
    late_tag(value, language);
  });
  if (changed)
    page::summary_row(rows, msg::open_data_modified(language),
                      long_date(taiwan_date(*changed), language));
  page::summary_row(rows, msg::open_modified(language), long_time(entry.changed_at, language));
  page::summary_row(rows, msg::open_created(language), long_time(entry.created_at, language));
}

void coverage_rows(Writer& rows, const Visit& visit, const Dataset& d) {
  const Language language = visit.language;
  if (d.temporal.from || d.temporal.to)
    page::summary_row(rows, msg::open_temporal(language), period_text(visit, d.temporal));
  if (!d.spatial.empty())
    page::summary_row(
        rows, msg::open_spatial(language),
        fmt::format("{}", fmt::join(d.spatial, language == Language::en ? ", " : "、")));
  if (const auto* category = vocabulary::find(vocabulary::service_categories(), d.service_category))
    page::summary_row(rows, msg::open_facet_category(language), [&](Writer& value) {
      page::link(value, category->in(language),
                 search_url(visit).with("category", d.service_category));
    });
  if (!d.keywords.empty() || !d.keywords_en.empty())
    page::summary_row(rows, msg::open_facet_keyword(language), [&](Writer& value) {
      value << "<ul class=\"mb-formats mb-formats--words\">";
      std::set<std::string_view> shown;  // some are the same word in both languages
      for (const auto* list : {&d.keywords, &d.keywords_en})
        for (const std::string& each : *list) {
          if (!shown.insert(each).second) continue;
          value << "<li>";
          page::link(value, each, search_url(visit).with("keyword", each));
          value << "</li>";
        }
      value << "</ul>";
    });
}

void contact_row(Writer& rows, const Visit& visit, const Dataset& d) {
  if (d.contact == catalogue::ContactPoint{}) return;
  page::summary_row(rows, msg::open_contact(visit.language), [&](Writer& value) {
    for (const std::string* each : {&d.contact.name, &d.contact.phone, &d.contact.email})
      if (!each->empty()) value << *each << "<br>";
    if (!d.contact.url.empty()) address_link(value, visit, d.contact.url, d.contact.url);
  });
}

/// Nothing when it is not known here: others' catalogues name series that they do not describe.
void series_row(Writer& rows, const Parts& parts, const Visit& visit, const Dataset& d) {
  if (!d.series) return;
  const auto series =
      parts.read([&](store::Transaction& tx) { return parts.catalogue.series(tx, *d.series); });
  if (!series) return;
  page::summary_row(rows, msg::open_series(visit.language), [&](Writer& value) {
    page::link(value, series->title.in(visit.language), series_url(visit, series->name));
  });
}

void origin_row(Writer& rows, const Visit& visit, const Dataset& d) {
  if (!d.origin) return;
  const Language language = visit.language;
  page::summary_row(rows, msg::open_origin(language), [&](Writer& value) {
    if (d.origin->url.empty()) value << d.origin->source;
    else address_link(value, visit, d.origin->source, d.origin->url);
    value << "<br>" << msg::open_origin_fetched(language, taiwan_date(d.origin->fetched_at));
  });
}

void facts(Writer& page, const Parts& parts, const Visit& visit, const Entry& entry) {
  const Language language = visit.language;
  const Dataset& d = entry.dataset;
  page::heading(page, 2, msg::open_facts(language));
  page::summary_list(page, [&](Writer& rows) {
    page::summary_row(rows, msg::open_facet_publisher(language), [&](Writer& value) {
      value << "<span itemprop=\"creator\" itemscope "
               "itemtype=\"https://schema.org/GovernmentOrganization\"><a class=\"govuk-link\" "
               "href=\""
            << visit.url({"publishers", d.publisher.value}) << "\"><span itemprop=\"name\">"
            << publisher_name(parts, visit, d.publisher) << "</span></a></span>";
    });
    page::summary_row(rows, msg::open_facet_licence(language), [&](Writer& value) {
      const auto* known = vocabulary::find_licence(d.licence);
      const auto url = Url::published(known ? std::string(known->term.uri) : d.licence);
      if (url)
        value << "<a class=\"govuk-link\" rel=\"license noopener noreferrer\" itemprop=\"license\" "
                 "href=\""
              << *url << "\">" << licence_name(d.licence, language) << "</a>";
      else value << licence_name(d.licence, language);
    });
    if (!d.cost.empty()) page::summary_row(rows, msg::open_cost(language), d.cost.in(language));
    time_rows(rows, visit, entry);
    coverage_rows(rows, visit, d);
    contact_row(rows, visit, d);
    if (!d.landing_page.empty())
      page::summary_row(rows, msg::open_landing_page(language), [&](Writer& value) {
        address_link(value, visit, d.landing_page, d.landing_page);
      });
    if (!d.national_id.empty())
      page::summary_row(rows, msg::open_national_id(language), d.national_id);
    series_row(rows, parts, visit, d);
    origin_row(rows, visit, d);
    page::summary_row(rows, msg::open_version(language), [&](Writer& value) {
      value << "<a class=\"govuk-link\" href=\"" << dataset_url(visit, d.name).below({"versions"})
            << "\">" << msg::open_version_number(language, entry.version) << "</a>";
    });
  });
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, entry_of(parts, visit));
  const Language language = visit.language;
  const Dataset& d = entry.dataset;
  parts.uses.count(d.id, voices::Use::view, visit.request.headers.get("User-Agent"));
  Frame made = frame(visit, d.title.in(language), Section::datasets);
  made.trail = {{std::string(msg::open_title(language)), search_url(visit)},
                {d.title.in(language), dataset_url(visit, d.name)}};
  return html_page(
      visit, made,
      [&](Writer& page) {
        page << "<div itemscope itemtype=\"https://schema.org/Dataset\"><h1 "
                "class=\"govuk-heading-l\" itemprop=\"name\">";
        text(page, language, d.title);
        page << "</h1><meta itemprop=\"identifier\" content=\"" << to_string(d.id)
             << "\"><meta itemprop=\"dateModified\" content=\""
             << to_string(catalogue::data_changed_at(d).value_or(entry.changed_at))
             << "\"><meta itemprop=\"isAccessibleForFree\" content=\"true\">";
        withdrawn_notice(page, visit, entry);
        quality_line(page, parts, visit, entry);
        page << "<div itemprop=\"description\">";
        if (d.description.empty()) page::paragraph(page, msg::open_no_description(language));
        else markdown(page, d.description.in(language));
        page << "</div>";
        live_box(page, parts, visit, entry);
        if (entry.status == Status::published) distributions(page, parts, visit, entry);
        if (!d.notes.empty()) {
          page::heading(page, 2, msg::open_notes(language));
          markdown(page, d.notes.in(language));
        }
        facts(page, parts, visit, entry);
        page << "</div>";
        voices_box(page, parts, visit, entry);
      },
      entry.status == Status::withdrawn ? 410 : 200);
}

}  // namespace

void add_dataset(Pages& pages) { pages.get("/datasets/{name}", page::access::anyone, show); }

}  // namespace minben::open
