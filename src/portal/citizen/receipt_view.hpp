#pragma once
// Private: what the page that checks receipts says of one, and of a file of many.
// web/islands/receipts.ts and series_view.ts say the same, with the same words.
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/policy.hpp"
#include "ledger/series.hpp"
#include "parts.hpp"

namespace minben::citizen {

/// A receipt that holds, and with the ledger's own key who has witnessed it.
struct CheckedReceipt {
  ledger::VerifiedReceipt receipt;
  std::optional<ledger::Verdict> witnesses = {};
  [[nodiscard]] bool short_of_quorum() const { return witnesses && !witnesses->quorum; }
};

/// A file of them; with the ledger's own key who has witnessed which checkpoint, by its note.
struct CheckedSeries {
  ledger::VerifiedSeries series;
  std::map<std::string, ledger::Verdict> verdicts = {};
  /// The verdict that lacks the quorum, and of those alike the one with the fewest.
  [[nodiscard]] const ledger::Verdict* weakest() const;
};
using SeriesResult = std::expected<CheckedSeries, ledger::SeriesFault>;

// ---- words

/// The parts of a receipt in the order in which they are checked.
inline constexpr std::string_view checked_parts[] = {"receipt", "checkpoint", "proof", "leaf",
                                                     "content"};
/// receipts_<key>, or the key itself.
std::string receipt_word(Language language, std::string_view key);
/// "payment.paid" is a payment.
std::string receipt_type(Language language, std::string_view type);
/// What a member of the content is called.
std::string receipt_key(Language language, std::string_view key);
/// A value of a receipt's content as people know it: agencies, times and titles in words.
std::string receipt_value(const Visit& visit, const Json& value);
/// The name of an officer's role, or its code.
std::string role_text(Language language, const std::string& role);
/// What is wrong with a receipt; the code is for whoever wants to look it up.
std::string wrong_text(Language language, const Error& error);
/// The same of a file, with the place in it.
std::string wrong_text(Language language, const ledger::SeriesFault& fault);
/// Everything that the islands say, as JSON.
std::string receipt_words(const Visit& visit);

// ---- verdicts

void begin_verdict(Writer& page, std::string_view title, std::string_view file_name, Tone tone);
void witnesses_row(Writer& rows, Language language, const ledger::Verdict& verdict);
void receipt_verdict(Writer& page, const Visit& visit, std::string_view file_name,
                     const Result<CheckedReceipt>& checked);
void series_verdict(Writer& page, const Visit& visit, std::string_view file_name,
                    const SeriesResult& checked);

}  // namespace minben::citizen
