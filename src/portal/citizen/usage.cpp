// Who used my data: every fetch through the gateways and every officer's look, each with a receipt.
#include <charconv>
#include <limits>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "case_view.hpp"
#include "ledger/series.hpp"
#include "messages/use_questions.hpp"
#include "mydata/export.hpp"
#include "mydata/questions.hpp"
#include "usage_filter.hpp"

namespace minben::citizen {

namespace {

using mydata::Usage;
using mydata::UsageId;
using mydata::UsageKind;

constexpr std::size_t uses_per_page = 100;
/// An officer at work opens a case many times; looks that follow each other this closely share a
/// row.
constexpr minutes one_sitting{30};

/// What rows need beside the uses.
struct Around {
  ledger::Position witnessed;
  bool may_question = false;
  std::map<UsageId, mydata::QuestionLine> questions{};  ///< that are not closed
};

Result<Around> look_around(const Parts& parts, const Visit& visit) {
  Around around{.witnessed = witnessed_entries(parts), .may_question = parts.questions != nullptr};
  if (!around.may_question) return around;
  MINBEN_TRY(questions, parts.questions->questions_of(visit.principal()));
  for (mydata::QuestionLine& line : questions)
    if (line.state != mydata::QuestionState::closed) around.questions[line.usage] = line;
  return around;
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

void question_link(Writer& page, const Visit& visit, const Usage& usage, const Around& around) {
  if (!around.may_question) return;
  page << " · ";
  const auto open = around.questions.find(usage.id);
  if (open == around.questions.end())
    page::link(page, msg::question_link(visit.language),
               visit.url({"usage", to_string(usage.id), "question"}));
  else
    page::link(page, msg::question_link_open(visit.language, open->second.number),
               visit.url({"questions", to_string(open->second.id)}));
}

void receipt_links(Writer& page, const Visit& visit, std::span<const Usage> sitting,
                   const Around& around) {
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
    if (usage.position) unwitnessed_tag(page, language, *usage.position, around.witnessed);
    question_link(page, visit, usage, around);
    page << "</li>";
  }
  page << "</ul>";
}

void usage_details(Writer& page, const Visit& visit, std::span<const Usage> sitting,
                   const Around& around) {
  const Language language = visit.language;
  const Usage& usage = sitting.front();
  page::details(page, msg::usage_details(language), [&](Writer& p) {
    page::summary_list(p, [&](Writer& list) {
      page::summary_row(list, msg::terms_fields(language), what(visit, sitting));
      page::summary_row(list, msg::terms_law(language), usage.legal_basis.in(language));
      if (usage.hold)
        page::summary_row(list, msg::usage_held(language),
                          msg::usage_held_until(language, usage.hold->law, usage.hold->until));
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
                        [&](Writer& v) { receipt_links(v, visit, sitting, around); });
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
               std::span<const Usage> sitting, const Around& around) {
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
      usage_details(p, visit, sitting, around);
    });
  });
}

void usage_table(Writer& page, const Visit& visit, std::span<const Usage> usages,
                 const Around& around) {
  const Language language = visit.language;
  const page::Column columns[] = {{std::string(msg::column_when(language))},
                                  {std::string(msg::column_who(language))},
                                  {std::string(msg::column_how(language))},
                                  {std::string(msg::terms_purpose(language))}};
  page::table(page, msg::nav_usage(language), columns,
              [&](Writer& rows) {
                for (auto rest = usages; !rest.empty();) {
                  const auto sitting = first_sitting(rest);
                  usage_row(rows, visit, columns, sitting, around);
                  rest = rest.subspan(sitting.size());
                }
              },
              {.caption_hidden = true, .stacks = true});
}

void filter_form(Writer& page, const Visit& visit, const UseFilter& filter,
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

void export_links(Writer& page, const Visit& visit, const UseFilter& filter) {
  const Language language = visit.language;
  page::heading(page, 2, msg::usage_export_title(language));
  page::paragraph(page, msg::usage_export_text(language, mydata::most_exported));
  page << "<ul class=\"govuk-list\"><li>";
  page::link(page, msg::usage_export_csv(language), filtered(visit.url({"usage", "csv"}), filter));
  page << "</li><li>";
  page::link(page, msg::usage_export_json(language),
             filtered(visit.url({"usage", "json"}), filter));
  page << "</li></ul>";
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
  const UseFilter filter = read_use_filter(visit.request.query);
  const auto period = period_of(filter);
  Frame made = frame(visit, msg::nav_usage(language), Section::usage);
  made.wide = true;
  std::string error;
  if (!period) {
    error = msg::usage_bad_date(language);
    made.errors.push_back({"from.year", error});
  }
  MINBEN_TRY(found,
             find_uses(parts, visit, filter, period.value_or(mydata::Period{}), uses_per_page));
  MINBEN_TRY(around, look_around(parts, visit));
  MINBEN_TRY(uses, parts.transact([&](store::Transaction& tx) {
    return parts.mydata.count_uses(tx, visit.principal());
  }));
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::nav_usage(language), Size::l);
        page::paragraph(page, msg::usage_text(language));
        if (around.may_question) {
          page << "<p class=\"govuk-body\">";
          page::link(page, msg::question_nav(language), visit.url({"questions"}));
          page << "</p>";
        }
        filter_form(page, visit, filter, found.agencies, error);
        if (found.usages.empty()) return page::paragraph(page, msg::usage_none(language));
        if (std::ranges::any_of(found.usages, [&](const Usage& usage) {
              return usage.position && *usage.position >= around.witnessed;
            }))
          page::warning_text(page, language, msg::usage_unwitnessed(language));
        usage_table(page, visit, found.usages, around);
        if (found.more) {
          page << "<p class=\"govuk-body\">";
          page::link(page, msg::usage_older(language),
                     filtered(visit.url({"usage"}), filter).with("before", to_string(*found.more)));
          page << "</p>";
        }
        export_links(page, visit, filter);
        page << "<p class=\"govuk-body\">";
        page::link(page, msg::delays_title(language), visit.url({"usage", "delays"}));
        page << "</p>";
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

/// As filtered; newest first, so that what is beyond the bound is the oldest.
Result<Found> to_export(const Parts& parts, const Visit& visit) {
  const UseFilter filter = read_use_filter(visit.request.query);
  MINBEN_TRY(period, period_of(filter));
  return find_uses(parts, visit, filter, period, mydata::most_exported);
}

Result<net::Response> send_csv(const Parts& parts, Visit& visit) {
  MINBEN_TRY(found, to_export(parts, visit));
  return page::download(
      mydata::uses_as_csv(found.usages, visit.language,
                          [&](const AgencyCode& agency) { return visit.agency(agency); }),
      "text/csv; charset=utf-8", "usage.csv");
}

Result<net::Response> send_json(const Parts& parts, Visit& visit) {
  MINBEN_TRY(found, to_export(parts, visit));
  return page::download(
      mydata::uses_as_json(found.usages, visit.principal(), visit.site.now(), !found.more),
      "application/json", "usage.json");
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

void delays_table(Writer& page, Language language, std::span<const mydata::DelayCount> delays) {
  const page::Column columns[] = {{std::string(msg::terms_law(language))},
                                  {std::string(msg::delays_most(language)), true},
                                  {std::string(msg::delays_hidden(language)), true},
                                  {std::string(msg::delays_shown(language)), true}};
  page::table(
      page, msg::delays_title(language), columns,
      [&](Writer& rows) {
        for (const mydata::DelayCount& each : delays)
          page::stacked_row(rows, columns, [&](page::Cells& cells) {
            cells.head([&](Writer& p) {
              p << each.law.law << "<br><span class=\"govuk-hint\">" << each.law.title.in(language)
                << "</span>";
            });
            cells.add(each.law.most_days == 0 ? std::string() : std::to_string(each.law.most_days));
            cells.add(std::to_string(each.hidden));
            cells.add(std::to_string(each.shown));
          });
      },
      {.caption_hidden = true, .stacks = true});
}

/// For everybody: by which laws uses are shown later, and how many are.
Result<net::Response> show_delays(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(delays, parts.transact(
                         [&](store::Transaction& tx) { return parts.mydata.count_delayed(tx); }));
  return html_page(visit, frame(visit, msg::delays_title(language)), [&](Writer& page) {
    page::heading(page, 1, msg::delays_title(language), Size::l);
    page::paragraph(page, msg::delays_text(language));
    if (delays.empty()) return page::paragraph(page, msg::delays_none(language));
    delays_table(page, language, delays);
  });
}

}  // namespace

void add_usage(Pages& pages) {
  pages.get("/usage/delays", page::access::anyone, show_delays);
  pages.get("/usage/csv", page::access::for_data, send_csv);
  pages.get("/usage/json", page::access::for_data, send_json);
  pages.get("/usage/receipts", page::access::for_data, send_all_receipts);
  pages.get("/usage", page::access::for_data, show_usage);
  pages.get("/usage/{usage}/receipt", page::access::for_data, send_receipt);
}

}  // namespace minben::citizen
