// Decisions of the past, from the message log.
#include "exchange/path.hpp"
#include "exchange/values.hpp"
#include "letter.hpp"
#include "message_log.hpp"

namespace minben::gateway {

namespace {

constexpr std::size_t page = 500;

/// What an assertion speaks of; whether it is good was decided then.
std::vector<std::string> fields_of(std::string_view assertion) {
  const auto content = base64url_decode(assertion.substr(0, assertion.find('.')));
  const auto json = content ? parse_json(as_text(*content)) : Result<Json>(Json());
  auto fields = json ? get_strings(*json, "fields") : std::vector<std::string>();
  return fields ? std::move(*fields) : std::vector<std::string>();
}

/// Nothing: another gateway's service, or a request that no rule was asked about.
std::optional<PastDecision> decision_of(const ExchangeRecord& record) {
  if (record.role != Role::served) return std::nullopt;
  const auto head = read_request_head(record.request_head);
  if (!head) return std::nullopt;
  auto path = read_service_path(head->target);
  if (!path) return std::nullopt;
  PastDecision decision;
  decision.at = record.received_at;
  decision.consumer = record.client;
  decision.service = record.service;
  decision.method = head->method;
  decision.segments = std::move(path->segments);
  decision.purpose = record.purpose;
  decision.case_id = head->fields.get("Minben-Case");
  if (const auto consent = head->fields.get("Minben-Consent"); !consent.empty())
    decision.consent_fields = fields_of(consent);
  decision.outcome = record.rule.empty() ? record.error : "granted";
  return decision;
}

}  // namespace

Result<std::vector<PastDecision>> past_decisions(const std::filesystem::path& state_directory,
                                                 Instant since, Random& random, std::size_t limit) {
  if (!std::filesystem::exists(state_directory / "messages.db"))
    return fail(Kind::not_found, "no_message_log", "not a gateway's state folder",
                state_directory.string());
  MINBEN_TRY(messages, MessageLog::open(state_directory, random));
  std::vector<PastDecision> decisions;
  std::int64_t after = 0;
  while (decisions.size() < limit) {
    MINBEN_TRY(some, messages->since(since, after, page));
    if (some.empty()) break;
    for (const StoredMessage& message : some) {
      MINBEN_TRY(record, read_record(message.text));
      if (auto decision = decision_of(record)) decisions.push_back(std::move(*decision));
    }
    after = some.back().number;
  }
  if (decisions.size() > limit) decisions.resize(limit);
  return decisions;
}

}  // namespace minben::gateway
