// Who used my data: every fetch through the gateways and every officer's look, each with a receipt.
#include <charconv>
#include <limits>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "case_view.hpp"
#include "ledger/series.hpp"

namespace minben::citizen {

namespace {

using mydata::Usage;
using mydata::UsageId;
using mydata::UsageKind;

constexpr std::size_t uses_per_page = 100;
/// An officer at work opens a case many times; looks that follow each other this closely share a
/// row.
constexpr minutes one_sitting{30};

/// What was asked for in the address.
struct Filter {
  std::string agency;
  std::string case_id;
  std::string kind;  ///< "fetched", "viewed" or ""
  page::DateParts from;
  page::DateParts until;
  std::optional<UsageId> before;
};

Filter read_filter(const net::Form& query) {
  Filter filter{.agency = std::string(query.get("agency")),
                .case_id = std::string(query.get("case")),
                .kind = std::string(query.get("kind")),
                .from = page::date_parts(query, "from"),
                .until = page::date_parts(query, "until"),
                .before = {}};
  if (const auto before = UsageId::parse(query.get("before"))) filter.before = *before;
  return filter;
}

/// Whole days in Taiwan, both included.
Result<mydata::Period> period_of(const Filter& filter) {
  mydata::Period period;
  const std::string from = page::date_text(filter.from);
  const std::string until = page::date_text(filter.until);
  if (!from.empty()) {
    MINBEN_TRY(date, parse_date(from));
    period.from = taiwan_midnight(date);
  }
  if (!until.empty()) {
    MINBEN_TRY(date, parse_date(until));
    period.until = taiwan_midnight(add_days(date, 1));
  }
  return period;
}

bool fits(const Filter& filter, const Usage& usage) {
  return (filter.agency.empty() || usage.agency.value == filter.agency) &&
         (filter.case_id.empty() || to_string(usage.case_id) == filter.case_id) &&
         (filter.kind.empty() || mydata::to_string(usage.kind) == filter.kind);
}

struct Found {
  std::vector<Usage> usages;
  std::set<AgencyCode> agencies;  ///< seen on the way, for the filter
  bool more = false;
};

/// At most 20 rounds of 200: a person with more uses narrows the period.
Result<Found> find_usages(const Parts& parts, const Visit& visit, const Filter& filter,
                          const mydata::Period& period) {
  return parts.transact([&](store::Transaction& tx) -> Result<Found> {
    Found found;
    mydata::Page at{.limit = 200, .before = filter.before};
    for (int round = 0; round < 20 && !found.more; ++round) {
      MINBEN_TRY(usages, parts.mydata.usages_of(tx, visit.principal(), period, at));
      for (Usage& usage : usages) {
        found.agencies.insert(usage.agency);
        if (!fits(filter, usage)) continue;
        found.more = found.usages.size() == uses_per_page;
        if (found.more) break;
        at.before = usage.id;
        found.usages.push_back(std::move(usage));
      }
      if (usages.size() < 200) break;
      at.before = usages.back().id;
    }
    return found;
  });
}

std::string who(const Visit& visit, const Usage& usage) {
  std::string text = visit.agency(usage.agency);
  if (usage.officer_role.empty()) return text;
  const auto role = msg::find_in_citizen(visit.language, "role_" + usage.officer_role);
  return text + "\n" + (role ? std::string(*role) : usage.officer_role);
}

/// Everything that was used in one sitting, each field once.
std::string what(const Visit& visit, std::span<const Usage> sitting) {
  std::set<std::string_view> named;
  std::string text;
  for (const Usage& usage : sitting)
    for (const mydata::Field& field : usage.fields) {
      if (!named.insert(field.name).second) continue;
      if (!text.empty()) text += visit.language == Language::zh_hant ? "、" : ", ";
      text += field.title.in(visit.language).empty() ? field.name : field.title.in(visit.language);
    }
  return text;
}

std::string source(const Visit& visit, const Usage& usage) {
  if (usage.kind == UsageKind::viewed) return std::string(msg::usage_from_case(visit.language));
  return usage.provider ? msg::usage_from(visit.language, visit.agency(*usage.provider))
                        : std::string();
}

void receipt_links(Writer& page, const Visit& visit, std::span<const Usage> sitting,
                   ledger::Position witnessed) {
  const Language language = visit.language;
  page << "<ul class=\"govuk-list\">";
  for (const Usage& usage : sitting) {
    page << "<li>";
    if (sitting.size() > 1)
      page << "<time datetime=\"" << to_string(usage.at) << "\">" << long_time(usage.at, language)
           << "</time> · ";
    if (usage.position)
      page::link(
          page, msg::usage_receipt_link(language, static_cast<std::int64_t>(usage.position->index)),
          visit.url({"usage", to_string(usage.id), "receipt"}));
    else page << msg::usage_receipt_soon(language);
    if (usage.position) unwitnessed_tag(page, language, *usage.position, witnessed);
    page << "</li>";
  }
  page << "</ul>";
}

void usage_details(Writer& page, const Visit& visit, std::span<const Usage> sitting,
                   ledger::Position witnessed) {
  const Language language = visit.language;
  const Usage& usage = sitting.front();
  page::details(page, msg::usage_details(language), [&](Writer& p) {
    page::summary_list(p, [&](Writer& list) {
      page::summary_row(list, msg::terms_fields(language), what(visit, sitting));
      page::summary_row(list, msg::terms_law(language), usage.legal_basis.in(language));
      if (!usage.case_id.is_nil())
        page::summary_row(list, msg::usage_case(language), [&](Writer& v) {
          page::link(v, msg::usage_to_case(language), case_url(visit, usage.case_id));
        });
      if (usage.consent)
        page::summary_row(list, msg::usage_consent(language), [&](Writer& v) {
          page::link(v, msg::consent_look(language),
                     visit.url({"consents", to_string(*usage.consent)}));
        });
      page::summary_row(list, msg::usage_receipt(language),
                        [&](Writer& v) { receipt_links(v, visit, sitting, witnessed); });
    });
  });
}

bool same_sitting(const Usage& newer, const Usage& older) {
  const auto kind = [](const Usage& usage) {
    return std::tie(usage.kind, usage.agency, usage.officer_role, usage.case_id,
                    usage.purpose_code);
  };
  return newer.kind == UsageKind::viewed && kind(newer) == kind(older) &&
         newer.at - older.at <= one_sitting;
}

/// The uses at the head of the list that share a row; at least one.
std::span<const Usage> first_sitting(std::span<const Usage> usages) {
  std::size_t count = 1;
  while (count < usages.size() && same_sitting(usages[count - 1], usages[count])) ++count;
  return usages.first(count);
}

void usage_row(Writer& rows, const Visit& visit, std::span<const page::Column> columns,
               std::span<const Usage> sitting, ledger::Position witnessed) {
  const Language language = visit.language;
  const Usage& usage = sitting.front();
  page::stacked_row(rows, columns, [&](page::Cells& cells) {
    cells.add([&](Writer& p) {
      p << "<time datetime=\"" << to_string(usage.at) << "\">" << long_time(usage.at, language)
        << "</time>";
      if (sitting.size() > 1)
        p << "<br><span class=\"govuk-hint\">"
          << msg::usage_looks(language, static_cast<std::int64_t>(sitting.size()),
                              sitting.back().at)
          << "</span>";
    });
    cells.add(who(visit, usage));
    cells.add([&](Writer& p) {
      p << (usage.kind == UsageKind::fetched ? msg::usage_fetched(language)
                                             : msg::usage_viewed(language))
        << "<br><span class=\"govuk-hint\">" << source(visit, usage) << "</span>";
    });
    cells.add([&](Writer& p) {
      p << usage.purpose.in(language);
      usage_details(p, visit, sitting, witnessed);
    });
  });
}

void usage_table(Writer& page, const Visit& visit, std::span<const Usage> usages,
                 ledger::Position witnessed) {
  const Language language = visit.language;
  const page::Column columns[] = {{std::string(msg::column_when(language))},
                                  {std::string(msg::column_who(language))},
                                  {std::string(msg::column_how(language))},
                                  {std::string(msg::terms_purpose(language))}};
  page::table(page, msg::nav_usage(language), columns,
              [&](Writer& rows) {
                for (auto rest = usages; !rest.empty();) {
                  const auto sitting = first_sitting(rest);
                  usage_row(rows, visit, columns, sitting, witnessed);
                  rest = rest.subspan(sitting.size());
                }
              },
              {.caption_hidden = true, .stacks = true});
}

void filter_form(Writer& page, const Visit& visit, const Filter& filter,
                 const std::set<AgencyCode>& agencies, std::string_view error) {
  const Language language = visit.language;
  page::details(page, msg::usage_filter(language), [&](Writer& p) {
    p << "<form method=\"get\" action=\"" << visit.url({"usage"}) << "\">";
    std::vector<page::Choice> choices{
        {"", std::string(msg::all_agencies(language)), {}, filter.agency.empty()}};
    for (const AgencyCode& agency : agencies)
      choices.push_back({agency.value, visit.agency(agency), {}, agency.value == filter.agency});
    page::select(p,
                 {.name = "agency",
                  .label = std::string(msg::column_agency(language)),
                  .hint = {},
                  .error = {}},
                 choices);
    const page::Choice kinds[] = {
        {"", std::string(msg::usage_all_kinds(language)), {}, filter.kind.empty()},
        {"fetched", std::string(msg::usage_fetched(language)), {}, filter.kind == "fetched"},
        {"viewed", std::string(msg::usage_viewed(language)), {}, filter.kind == "viewed"}};
    page::select(
        p,
        {.name = "kind", .label = std::string(msg::column_how(language)), .hint = {}, .error = {}},
        kinds);
    page::date_input(p, language,
                     {.name = "from",
                      .label = std::string(msg::usage_since(language)),
                      .hint = {},
                      .error = std::string(error)},
                     filter.from);
    page::date_input(p, language,
                     {.name = "until",
                      .label = std::string(msg::usage_until(language)),
                      .hint = {},
                      .error = {}},
                     filter.until);
    if (!filter.case_id.empty()) page::hidden(p, "case", filter.case_id);
    page::button(p, {.text = std::string(msg::usage_show(language)),
                     .style = page::ButtonStyle::secondary,
                     .once = false});
    p << "</form>";
  });
}

Url older_url(const Visit& visit, const Filter& filter, const UsageId& last) {
  Url url = visit.url({"usage"}).with("before", to_string(last));
  if (!filter.agency.empty()) url = url.with("agency", filter.agency);
  if (!filter.case_id.empty()) url = url.with("case", filter.case_id);
  if (!filter.kind.empty()) url = url.with("kind", filter.kind);
  const auto add_date = [&](std::string_view name, const page::DateParts& parts) {
    if (page::date_text(parts).empty()) return;
    url = url.with(std::string(name) + ".year", parts.year)
              .with(std::string(name) + ".month", parts.month)
              .with(std::string(name) + ".day", parts.day);
  };
  add_date("from", filter.from);
  add_date("until", filter.until);
  return url;
}

/// One file for all, or as many as it takes.
void all_receipts(Writer& page, const Visit& visit, std::uint64_t uses) {
  if (uses == 0) return;
  const Language language = visit.language;
  page::paragraph(page, msg::usage_all_text(language));
  page << "<ul class=\"govuk-list\">";
  for (std::uint64_t from = 1; from <= uses; from += ledger::most_receipts) {
    const std::uint64_t last = std::min<std::uint64_t>(from + ledger::most_receipts - 1, uses);
    page << "<li>";
    page::link(page,
               msg::usage_all_link(language, static_cast<std::int64_t>(from),
                                   static_cast<std::int64_t>(last)),
               visit.url({"usage", "receipts"}).with("from", std::to_string(from)));
    page << "</li>";
  }
  page << "</ul>";
}

Result<net::Response> show_usage(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const Filter filter = read_filter(visit.request.query);
  const auto period = period_of(filter);
  Frame made = frame(visit, msg::nav_usage(language), Section::usage);
  made.wide = true;
  std::string error;
  if (!period) {
    error = msg::usage_bad_date(language);
    made.errors.push_back({"from.year", error});
  }
  MINBEN_TRY(found, find_usages(parts, visit, filter, period.value_or(mydata::Period{})));
  MINBEN_TRY(uses, parts.transact([&](store::Transaction& tx) {
    return parts.mydata.count_uses(tx, visit.principal());
  }));
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::nav_usage(language), Size::l);
        page::paragraph(page, msg::usage_text(language));
        filter_form(page, visit, filter, found.agencies, error);
        if (found.usages.empty()) return page::paragraph(page, msg::usage_none(language));
        const ledger::Position witnessed = witnessed_entries(parts);
        if (std::ranges::any_of(found.usages, [&](const Usage& usage) {
              return usage.position && *usage.position >= witnessed;
            }))
          page::warning_text(page, language, msg::usage_unwitnessed(language));
        usage_table(page, visit, found.usages, witnessed);
        if (found.more) {
          page << "<p class=\"govuk-body\">";
          page::link(page, msg::usage_older(language),
                     older_url(visit, filter, found.usages.back().id));
          page << "</p>";
        }
        page::heading(page, 2, msg::usage_check_title(language));
        page << "<p class=\"govuk-body\">";
        page::link(page, msg::usage_check_here(language), visit.url({"receipts"}));
        page << "</p>";
        all_receipts(page, visit, uses);
        page::paragraph(page, msg::usage_check_text(language));
        page << "<pre class=\"mb-command\"><code>minben receipt verify FILE --key "
                "ledger.vkey</code></pre>"
                "<p class=\"govuk-body\"><a class=\"govuk-link\" href=\"/ledger/keys\" "
                "download=\"ledger.vkey\">"
             << msg::usage_check_key(language) << "</a></p>";
      },
      period ? 200 : 422);
}

Result<net::Response> send_receipt(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<UsageId>("usage"));
  MINBEN_TRY(receipt, parts.transact([&](store::Transaction& tx) {
    return parts.mydata.receipt_of(tx, visit.principal(), id);
  }));
  return page::download(std::move(receipt), "application/octet-stream",
                        "usage-" + to_string(id) + ".receipt");
}

Result<net::Response> send_all_receipts(const Parts& parts, Visit& visit) {
  std::uint64_t from = 1;
  const std::string_view asked = visit.request.query.get("from");
  const auto read = std::from_chars(asked.data(), asked.data() + asked.size(), from);
  if (!asked.empty() && (read.ec != std::errc{} || read.ptr != asked.data() + asked.size() ||
                         from == 0 || from > std::numeric_limits<std::int32_t>::max()))
    return fail(Kind::not_found, "usage_not_found", "no such number", "from");
  MINBEN_TRY(receipts, parts.transact([&](store::Transaction& tx) {
    return parts.mydata.receipts_of(tx, visit.principal(), from);
  }));
  return page::download(std::move(receipts), "application/octet-stream",
                        fmt::format("usage-{}.receipts", from));
}

}  // namespace

void add_usage(Pages& pages) {
  pages.get("/usage/receipts", page::access::for_data, send_all_receipts);
  pages.get("/usage", page::access::for_data, show_usage);
  pages.get("/usage/{usage}/receipt", page::access::for_data, send_receipt);
}

}  // namespace minben::citizen
