// The texts that a container brings together: the gateway's record, and its ledger's entry.
#include <fmt/format.h>

#include "evidence.hpp"
#include "values.hpp"

namespace minben::exchange {

namespace {

constexpr std::string_view format = "minben-evidence/1";
constexpr std::string_view entry_format = "minben-exchange/1";

std::optional<Sha256> read_digest(std::string_view base64) {
  const auto bytes = base64_decode(base64);
  if (!bytes || bytes->size() != sizeof(Sha256)) return std::nullopt;
  Sha256 digest;
  std::ranges::copy(*bytes, digest.begin());
  return digest;
}

Result<void> read_texts(const Json& json, EvidenceRecord& record) {
  for (const auto& [name, into] :
       {std::pair<std::string_view, std::string*>{"request_id", &record.request_id},
        {"exchange_id", &record.exchange_id},
        {"method", &record.method},
        {"rule", &record.rule},
        {"legal_basis", &record.legal_basis},
        {"purpose", &record.purpose},
        {"consent", &record.consent},
        {"request_hash", &record.request_hash},
        {"response_hash", &record.response_hash}}) {
    MINBEN_TRY(text, get_string(json, name));
    *into = std::move(text);
  }
  return {};
}

/// Errors of the values' own parsers do not know the member's name.
template <class Value>
Result<void> read_value(const Json& json, std::string_view name, Value& into) {
  MINBEN_TRY(text, get_string(json, name));
  auto value = Value::parse(text);
  if (!value) return fail(Kind::invalid, value.error().code, value.error().detail, name);
  into = std::move(*value);
  return {};
}

}  // namespace

LedgerLine LedgerLine::of(std::string_view request_statement,
                          const std::optional<std::string>& response_statement) {
  LedgerLine line{sha256(request_statement)};
  if (response_statement) line.response = sha256(*response_statement);
  return line;
}

std::string write_ledger_entry(std::span<const LedgerLine> lines) {
  MINBEN_ASSERT(!lines.empty() && lines.size() <= max_ledger_lines);
  std::string text = fmt::format("{}\n", entry_format);
  for (const LedgerLine& line : lines)
    text += fmt::format("{} {}\n", base64_encode(line.request),
                        line.response ? base64_encode(*line.response) : "-");
  return text;
}

Result<std::vector<LedgerLine>> read_ledger_entry(std::string_view entry) {
  const auto refuse = [](std::string_view why) {
    return fail(Kind::invalid, "not_an_exchange_entry", why);
  };
  if (entry.size() > ledger::max_entry_bytes) return refuse("too long");
  const auto lines = split(entry, '\n');  // an empty one follows the last newline
  if (lines.size() < 3 || lines.size() > max_ledger_lines + 2)
    return refuse("no or too many lines");
  std::vector<LedgerLine> read;
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    const std::size_t space = lines[i].find(' ');
    if (space == std::string_view::npos) return refuse("not two digests");
    const auto request = read_digest(lines[i].substr(0, space));
    const auto response = read_digest(lines[i].substr(space + 1));
    if (!request) return refuse("not a digest");
    read.push_back({*request, response});
  }
  if (write_ledger_entry(read) != entry) return refuse("not in the one spelling");
  return read;
}

Json to_json(const EvidenceRecord& record) {
  return JsonObject{{"format", format},
                    {"gateway", record.gateway.value},
                    {"request_id", record.request_id},
                    {"exchange_id", record.exchange_id},
                    {"consumer", to_string(record.consumer)},
                    {"service", to_string(record.service)},
                    {"method", record.method},
                    {"status", record.status},
                    {"received_at", minben::to_string(record.received_at)},
                    {"answered_at", minben::to_string(record.answered_at)},
                    {"rule", record.rule},
                    {"basis", record.basis ? to_string(*record.basis) : ""},
                    {"legal_basis", record.legal_basis},
                    {"purpose", record.purpose},
                    {"consent", record.consent},
                    {"request_hash", record.request_hash},
                    {"response_hash", record.response_hash}};
}

Result<EvidenceRecord> evidence_record_from_json(const Json& json) {
  if (string_or(json, "format") != format)
    return fail(Kind::invalid, "wrong_type", fmt::format("expected {}", format), "format");
  EvidenceRecord record;
  MINBEN_CHECK(read_texts(json, record));
  MINBEN_CHECK(read_value(json, "gateway", record.gateway));
  MINBEN_CHECK(read_value(json, "consumer", record.consumer));
  MINBEN_CHECK(read_value(json, "service", record.service));
  MINBEN_TRY(status, get_integer(json, "status"));
  if (status != 0 && (status < 100 || status > 599))
    return fail(Kind::invalid, "wrong_type", "not an HTTP status", "status");
  record.status = static_cast<int>(status);
  MINBEN_TRY(received, get_instant(json, "received_at"));
  record.received_at = received;
  MINBEN_TRY(answered, get_instant(json, "answered_at"));
  record.answered_at = answered;
  MINBEN_TRY(basis_text, get_string(json, "basis"));
  if (!basis_text.empty()) {
    MINBEN_TRY(basis, parse_basis(basis_text));
    record.basis = basis;
  }
  return record;
}

}  // namespace minben::exchange
