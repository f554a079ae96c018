// What a gateway keeps of an exchange, and its ledger's entry about it.
#include <fmt/format.h>

#include "evidence.hpp"
#include "values.hpp"

namespace minben::exchange {

namespace {

/// Errors of the values' own parsers do not know the member's name.
template <class Value>
Result<void> read_value(const Json& json, std::string_view name, Value& into) {
  MINBEN_TRY(text, get_string(json, name));
  auto value = Value::parse(text);
  if (!value) return fail(Kind::invalid, value.error().code, value.error().detail, name);
  into = std::move(*value);
  return {};
}

Result<void> read_time(const Json& json, std::string_view name, Instant& into) {
  MINBEN_TRY(ticks, get_integer(json, name));
  into = Instant(microseconds(ticks));
  return {};
}

bool is_hash(std::string_view base64) {
  const auto bytes = base64_decode(base64);
  return bytes && bytes->size() == sizeof(Sha512);
}

}  // namespace

// Members in the order of RFC 8785; none of the values needs escaping.
std::string write_ledger_entry(const LedgerEntry& entry) {
  return fmt::format(
      R"({{"record_sha256":"{}","request_hash":"{}","response_hash":"{}","type":"{}"}})",
      hex_encode(entry.record), entry.request_hash, entry.response_hash,
      entry.is_use ? "usage" : "exchange");
}

Result<LedgerEntry> read_ledger_entry(std::string_view text) {
  const auto refuse = [](std::string_view why) {
    return fail(Kind::invalid, "not_an_exchange_entry", why);
  };
  if (text.size() > 1024) return refuse("too long");
  const auto json = parse_json(text);
  if (!json) return refuse("not JSON");
  LedgerEntry entry;

  entry.request_hash = string_or(*json, "request_hash");
  entry.response_hash = string_or(*json, "response_hash");
  entry.is_use = string_or(*json, "type") == "usage";
  const auto record = hex_decode(string_or(*json, "record_sha256"));
  if (!record || record->size() != sizeof(Sha256) || !is_hash(entry.request_hash) ||
      !(entry.response_hash.empty() || is_hash(entry.response_hash)))
    return refuse("a member is missing or cannot be read");
  std::ranges::copy(*record, entry.record.begin());
  if (write_ledger_entry(entry) != text) return refuse("not in the one spelling");
  return entry;
}

Result<EvidenceRecord> read_evidence_record(std::string_view text) {
  if (text.size() > max_evidence_record)
    return fail(Kind::too_large, "too_large", "longer than a record is");
  MINBEN_TRY(json, parse_json(text));
  EvidenceRecord record;
  for (const auto& [name, into] :
       {std::pair<std::string_view, std::string*>{"request_id", &record.request_id},
        {"exchange_id", &record.exchange_id},
        {"method", &record.method},
        {"basis", &record.basis},
        {"legal_basis", &record.legal_basis},
        {"purpose", &record.purpose},
        {"consent", &record.consent},
        {"request_hash", &record.request_hash},
        {"response_hash", &record.response_hash}}) {
    MINBEN_TRY(value, get_string(json, name));
    *into = std::move(value);
  }
  record.rule = string_or(json, "rule");
  MINBEN_TRY(role, get_string(json, "role"));
  if (role != "asked" && role != "served")
    return fail(Kind::invalid, "wrong_type", "asked or served", "role");
  record.served = role == "served";
  MINBEN_CHECK(read_value(json, "client", record.consumer));
  MINBEN_CHECK(read_value(json, "service", record.service));
  MINBEN_TRY(status, get_integer(json, "status"));
  record.status = static_cast<int>(std::clamp<std::int64_t>(status, 0, 999));
  MINBEN_CHECK(read_time(json, "received_at", record.received_at));
  MINBEN_CHECK(read_time(json, "answered_at", record.answered_at));
  return record;
}

}  // namespace minben::exchange
