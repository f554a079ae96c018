#include "record.hpp"

#include <fmt/format.h>

#include "exchange/evidence.hpp"
#include "exchange/values.hpp"

namespace minben::gateway {

namespace {

/// Writes an object; quicker than building one, and every call writes two.
class ObjectText {
 public:
  void add(std::string_view name, std::string_view value) {
    begin(name);
    quote(value);
  }
  void add(std::string_view name, std::uint64_t value) {
    begin(name);
    fmt::format_to(std::back_inserter(text_), "{}", value);
  }
  void add(std::string_view name, std::span<const std::string> values) {
    begin(name);
    text_ += '[';
    for (const std::string& value : values) {
      if (&value != values.data()) text_ += ',';
      quote(value);
    }
    text_ += ']';
  }
  std::string finish() && { return std::move(text_ += '}'); }

 private:
  void begin(std::string_view name) {
    text_ += text_.size() > 1 ? "," : "";
    quote(name);
    text_ += ':';
  }
  void quote(std::string_view value) {
    text_ += '"';
    std::size_t written = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const auto byte = static_cast<unsigned char>(value[i]);
      if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
      text_ += value.substr(written, i - written);
      written = i + 1;
      if (byte == '"' || byte == '\\') {
        text_ += '\\';
        text_ += value[i];
      } else {
        fmt::format_to(std::back_inserter(text_), "\\u{:04x}", byte);
      }
    }
    text_ += value.substr(written);
    text_ += '"';
  }
  std::string text_ = "{";
};

std::uint64_t ticks(Instant at) {
  return static_cast<std::uint64_t>(at.time_since_epoch().count());
}

/// The members that are plain texts, for writing and reading alike.
template <class Record>
auto texts(Record& record) {
  return std::array{
      std::pair{std::string_view("request_id"), &record.request_id},
      std::pair{std::string_view("exchange_id"), &record.exchange_id},
      std::pair{std::string_view("method"), &record.method},
      std::pair{std::string_view("error"), &record.error},
      std::pair{std::string_view("request_hash"), &record.request_hash},
      std::pair{std::string_view("response_hash"), &record.response_hash},
      std::pair{std::string_view("request_body_sha512"), &record.request_body_sha512},
      std::pair{std::string_view("response_body_sha512"), &record.response_body_sha512},
      std::pair{std::string_view("request_head"), &record.request_head},
      std::pair{std::string_view("response_head"), &record.response_head},
      std::pair{std::string_view("user"), &record.user},
      std::pair{std::string_view("issue"), &record.issue},
      std::pair{std::string_view("represented"), &record.represented},
      std::pair{std::string_view("purpose"), &record.purpose},
      std::pair{std::string_view("case"), &record.case_id},
      std::pair{std::string_view("person"), &record.person},
      std::pair{std::string_view("consent"), &record.consent},
      std::pair{std::string_view("rule"), &record.rule},
      std::pair{std::string_view("basis"), &record.basis},
      std::pair{std::string_view("legal_basis"), &record.legal_basis},
      std::pair{std::string_view("response_sha256"), &record.response_sha256}};
}

Result<Instant> read_ticks(const Json& json, std::string_view name) {
  MINBEN_TRY(value, get_integer(json, name));
  return Instant(microseconds(value));
}

Result<std::string> read_seal_text(const Json& json, std::string_view name) {
  MINBEN_TRY(text, get_string(json, name));
  const auto bytes = base64_decode(text);
  if (!bytes) return fail(Kind::invalid, "wrong_type", "not base64", name);
  return std::string(as_text(*bytes));
}

Result<std::uint64_t> read_size(const Json& json, std::string_view name) {
  MINBEN_TRY(value, get_integer(json, name));
  if (value < 0) return fail(Kind::invalid, "wrong_type", "a size", name);
  return static_cast<std::uint64_t>(value);
}

}  // namespace

void note_claims(ExchangeRecord& record, const Envelope& envelope, const ServiceId& service,
                 const RequestHead& head) {
  record.client = envelope.client;
  record.service = service;
  record.method = net::to_string(head.method);
  record.user = envelope.user;
  record.issue = head.fields.get("X-Road-Issue");
  record.represented = head.fields.get("X-Road-Represented-Party");
  record.purpose = envelope.purpose;
  record.case_id = envelope.case_id;
  record.person = envelope.person;
}

std::string write_record(const ExchangeRecord& record) {
  ObjectText out;
  out.add("role", record.role == Role::asked ? "asked" : "served");
  out.add("received_at", ticks(record.received_at));
  out.add("forwarded_at", ticks(record.forwarded_at));
  out.add("answered_at", ticks(record.answered_at));
  out.add("completed_at", ticks(record.completed_at));
  out.add("trace", record.trace);
  out.add("peer", record.peer.value);
  out.add("client", to_string(record.client));
  out.add("service", to_string(record.service));
  out.add("status", static_cast<std::uint64_t>(record.status));
  out.add("request_size", record.request_size);
  out.add("response_size", record.response_size);
  out.add("request_piece", record.request_piece);
  out.add("response_piece", record.response_piece);
  for (const auto& [name, text] : texts(record)) out.add(name, *text);
  out.add("request_seal", base64_encode(as_bytes(record.request_seal)));
  out.add("response_seal", base64_encode(as_bytes(record.response_seal)));
  out.add("fields", record.fields);
  out.add("is_use", record.is_use ? std::uint64_t{1} : std::uint64_t{0});
  if (record.delay) {
    out.add("delay_law", record.delay->law);
    out.add("delay_days", static_cast<std::uint64_t>(record.delay->days));
  }
  return std::move(out).finish();
}

Result<ExchangeRecord> read_record(std::string_view text) {
  MINBEN_TRY(json, parse_json(text));
  ExchangeRecord record;
  for (const auto& [name, into] : texts(record)) {
    MINBEN_TRY(value, get_string(json, name));
    *into = std::move(value);
  }
  record.role = string_or(json, "role") == "asked" ? Role::asked : Role::served;
  for (const auto& [name, into] :
       {std::pair<std::string_view, Instant*>{"received_at", &record.received_at},
        {"forwarded_at", &record.forwarded_at},
        {"answered_at", &record.answered_at}}) {
    MINBEN_TRY(at, read_ticks(json, name));
    *into = at;
  }
  // These two came later: what was filed before has none.
  if (find(json, "completed_at")) {
    MINBEN_TRY(at, read_ticks(json, "completed_at"));
    record.completed_at = at;
  }
  record.trace = string_or(json, "trace");
  record.peer.value = string_or(json, "peer");
  MINBEN_TRY(client, SubsystemId::parse(string_or(json, "client")));
  record.client = std::move(client);
  MINBEN_TRY(service, ServiceId::parse(string_or(json, "service")));
  record.service = std::move(service);
  MINBEN_TRY(status, get_integer(json, "status"));
  record.status = static_cast<int>(status);
  for (const auto& [name, into] :
       {std::pair<std::string_view, std::uint64_t*>{"request_size", &record.request_size},
        {"response_size", &record.response_size},
        {"request_piece", &record.request_piece},
        {"response_piece", &record.response_piece}}) {
    MINBEN_TRY(size, read_size(json, name));
    *into = size;
  }
  MINBEN_TRY(request_seal, read_seal_text(json, "request_seal"));
  record.request_seal = std::move(request_seal);
  MINBEN_TRY(response_seal, read_seal_text(json, "response_seal"));
  record.response_seal = std::move(response_seal);
  MINBEN_TRY(fields, get_strings(json, "fields"));
  record.fields = std::move(fields);
  MINBEN_TRY(is_use, get_integer(json, "is_use"));
  record.is_use = is_use != 0;
  if (find(json, "delay_law")) {
    MINBEN_TRY(days, get_integer(json, "delay_days"));
    record.delay = Delay{string_or(json, "delay_law"), static_cast<int>(days)};
  }
  return record;
}

std::string ledger_entry(const ExchangeRecord& record, std::string_view text) {
  return write_ledger_entry(
      {sha256(text), record.request_hash, record.response_hash, record.is_use});
}

Result<UsageRecord> usage_of(const ExchangeRecord& record, const AgencyCode& gateway) {
  MINBEN_TRY(basis, parse_basis(record.basis));
  UsageRecord usage;
  usage.id = record.request_id;
  usage.at = record.answered_at;
  usage.gateway = gateway;
  usage.consumer = record.client;
  usage.service = record.service;
  usage.method = record.method;
  usage.status = record.status;
  usage.purpose = record.purpose;
  usage.basis = basis;
  usage.legal_basis = record.legal_basis;
  usage.consent = record.consent;
  usage.person = record.person;
  usage.case_id = record.case_id;
  usage.user = record.user;
  usage.exchange_id = record.exchange_id;
  usage.fields = record.fields;
  usage.request_hash = record.request_hash;
  usage.response_sha256 = record.response_sha256;
  if (record.delay)
    usage.hold = Hold{record.delay->law, record.answered_at + days(record.delay->days)};
  return usage;
}

}  // namespace minben::gateway
