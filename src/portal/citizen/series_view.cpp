// What the page says of a file of receipts: whether it is complete, and each entry as a row.
#include <set>

#include "receipt_view.hpp"

namespace minben::citizen {

namespace {

using ledger::VerifiedItem;
using ledger::VerifiedSeries;

std::string member_text(const Visit& visit, const Json& content, std::string_view name) {
  const Json* value = find(content, name);
  return value == nullptr || value->is_null() ? std::string() : receipt_value(visit, *value);
}

/// The first of these members that the content has.
std::string first_text(const Visit& visit, const Json& content,
                       std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    if (std::string text = member_text(visit, content, name); !text.empty()) return text;
  return {};
}

void with_hint(Writer& page, std::string_view text, std::string_view hint) {
  page << text;
  if (!hint.empty()) page << "<br><span class=\"govuk-hint\">" << hint << "</span>";
}

void who_cell(Writer& page, const Visit& visit, const Json& content) {
  const std::string role = string_or(content, "officer_role");
  with_hint(page, first_text(visit, content, {"agency", "recipient"}),
            role.empty() ? role : role_text(visit.language, role));
}

void how_cell(Writer& page, const Visit& visit, const ledger::Claim& claim) {
  std::string how = first_text(visit, claim.content, {"kind", "state", "event"});
  const std::string provider = member_text(visit, claim.content, "provider");
  with_hint(page, how.empty() ? receipt_type(visit.language, claim.type) : how,
            provider.empty() ? provider : msg::usage_from(visit.language, provider));
}

/// What was used may be a long list.
void purpose_cell(Writer& page, const Visit& visit, const Json& content) {
  page << first_text(visit, content, {"purpose", "purpose_code"});
  const std::string fields = member_text(visit, content, "fields");
  if (fields.empty()) return;
  page::details(page, receipt_key(visit.language, "fields"), [&](Writer& p) { p << fields; });
}

void when_cell(Writer& page, Language language, const ledger::VerifiedReceipt& receipt,
               const CheckedSeries& checked) {
  page << "<time datetime=\"" << to_string(receipt.claim.at) << "\">"
       << long_time(receipt.claim.at, language) << "</time>";
  const auto verdict = checked.verdicts.find(receipt.note);
  if (verdict == checked.verdicts.end() || verdict->second.quorum) return;
  page << "<br>";
  page::tag(page, receipt_word(language, "no_quorum"), Tone::warn);
}

/// Nothing but its number is known, so one cell takes the place of the others.
void erased_cell(Writer& row, Language language) {
  row << "<td role=\"cell\" colspan=\"4\" class=\"govuk-table__cell\"><div class=\"mb-cell\">";
  page::tag(row, receipt_word(language, "erased"));
  row << "<br><span class=\"govuk-hint\">" << receipt_word(language, "erased_text")
      << "</span></div></td>";
}

void item_row(Writer& rows, const Visit& visit, std::span<const page::Column> columns,
              const CheckedSeries& checked, const VerifiedItem& item) {
  page::stacked_row(rows, columns, [&](page::Cells& cells) {
    cells.head([&](Writer& p) { p << item.place.number; });
    if (!item.receipt) return erased_cell(rows, visit.language);
    const ledger::Claim& claim = item.receipt->claim;
    cells.add([&](Writer& p) { when_cell(p, visit.language, *item.receipt, checked); });
    cells.add([&](Writer& p) { who_cell(p, visit, claim.content); });
    cells.add([&](Writer& p) { how_cell(p, visit, claim); });
    cells.add([&](Writer& p) { purpose_cell(p, visit, claim.content); });
  });
}

void item_table(Writer& page, const Visit& visit, const CheckedSeries& checked) {
  const Language language = visit.language;
  const page::Column columns[] = {{std::string(msg::receipts_column_number(language))},
                                  {std::string(msg::column_when(language))},
                                  {std::string(msg::column_who(language))},
                                  {std::string(msg::column_how(language))},
                                  {std::string(msg::terms_purpose(language))}};
  page::table(page, receipt_word(language, "proven"), columns,
              [&](Writer& rows) {
                for (const VerifiedItem& item : checked.series.items)
                  item_row(rows, visit, columns, checked, item);
              },
              {.stacks = true});
}

/// Which numbers are there, and which are elsewhere.
void numbers(Writer& page, Language language, const VerifiedSeries& series) {
  const std::uint64_t last = series.items.empty() ? 0 : series.items.back().place.number;
  if (series.items.empty()) {
    page::paragraph(page, receipt_word(language, "none"));
  } else {
    const std::uint64_t first = series.items.front().place.number;
    page::paragraph(page, first == last ? msg::receipts_single(language, std::to_string(first))
                                        : msg::receipts_complete(language, std::to_string(first),
                                                                 std::to_string(last)));
    if (first > 1) page::paragraph(page, msg::receipts_earlier(language, std::to_string(first)));
  }
  if (series.entries > last)
    page::inset_text(page, [&](Writer& p) {
      p << msg::receipts_newer(language, std::to_string(series.entries));
    });
}

void summary_rows(Writer& rows, Language language, const CheckedSeries& checked) {
  if (const ledger::Verdict* verdict = checked.weakest()) witnesses_row(rows, language, *verdict);
  page::summary_row(rows, receipt_word(language, "what"),
                    receipt_type(language, checked.series.type));
  std::set<std::string> origins;
  for (const VerifiedItem& item : checked.series.items)
    if (item.receipt) origins.insert(item.receipt->checkpoint.origin);
  if (!origins.empty())
    page::summary_row(rows, receipt_word(language, "ledger"),
                      fmt::format("{}", fmt::join(origins, "\n")));
}

void refused(Writer& page, Language language, std::string_view file_name,
             const ledger::SeriesFault& fault) {
  begin_verdict(page, receipt_word(language, "all_not_valid"), file_name, Tone::bad);
  page::paragraph(page, wrong_text(language, fault));
  page::hint(page, receipt_word(language, "code") + " " + fault.error.code);
  page << "</section>";
}

}  // namespace

const ledger::Verdict* CheckedSeries::weakest() const {
  const ledger::Verdict* weakest = nullptr;
  for (const auto& [note, verdict] : verdicts)
    if (weakest == nullptr || std::pair(verdict.quorum, verdict.cosigned()) <
                                  std::pair(weakest->quorum, weakest->cosigned()))
      weakest = &verdict;
  return weakest;
}

void series_verdict(Writer& page, const Visit& visit, std::string_view file_name,
                    const SeriesResult& checked) {
  const Language language = visit.language;
  if (!checked) return refused(page, language, file_name, checked.error());
  const ledger::Verdict* weakest = checked->weakest();
  const bool lacks = weakest != nullptr && !weakest->quorum;
  const std::string word = lacks ? "all_short" : "all_valid";
  begin_verdict(page, receipt_word(language, word), file_name, lacks ? Tone::warn : Tone::good);
  if (!checked->series.items.empty()) page::paragraph(page, receipt_word(language, word + "_text"));
  numbers(page, language, checked->series);
  page::summary_list(page, [&](Writer& rows) { summary_rows(rows, language, *checked); });
  if (!checked->series.items.empty()) item_table(page, visit, *checked);
  page << "</section>";
}

}  // namespace minben::citizen
