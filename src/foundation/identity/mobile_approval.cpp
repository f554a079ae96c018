#include "mobile_approval.hpp"

#include <spdlog/spdlog.h>

#include "approval_protocol.hpp"
#include "asking.hpp"
#include "impl.hpp"
#include "rates.hpp"

namespace minben::identity {

namespace {

using ApprovalId = Id<struct ApprovalTag>;

constexpr std::string_view parcel_context = "identity.approval";
constexpr seconds poll_interval{4};
constexpr minutes usable_for{10};  ///< an approval, until it is finished
constexpr hours day{24};
constexpr int wrong_tries_per_day = 5;

constexpr store::Query open_elsewhere{
    "identity_approval_open_elsewhere",
    "select 1 as one from identity.approval where person = $1 and mode = 'push' "
    "and state = 'waiting' and expires_at > $2 and browser <> $3"};
constexpr store::Query put_approval{
    "identity_put_approval",
    "insert into identity.approval (browser, transaction_id, person, mode, number, state, parcel, "
    "expires_at, asked_at) values ($1, $2, $3, $4, $5, 'waiting', $6, $7, $8) "
    "on conflict (browser) do update set transaction_id = excluded.transaction_id, "
    "person = excluded.person, mode = excluded.mode, number = excluded.number, state = 'waiting', "
    "parcel = excluded.parcel, expires_at = excluded.expires_at, asked_at = excluded.asked_at"};
constexpr store::Query find_approval{
    "identity_find_approval",
    "select transaction_id, person, mode, number, state, parcel, expires_at "
    "from identity.approval where browser = $1"};
// Of many windows one asks the service.
constexpr store::Query take_turn{
    "identity_approval_turn",
    "update identity.approval set asked_at = $2 where browser = $1 and state = 'waiting' "
    "and asked_at <= $3"};
constexpr store::Query settle{
    "identity_settle_approval",
    "update identity.approval set state = $3, parcel = $4, expires_at = $5 "
    "where browser = $1 and transaction_id = $2 and state = 'waiting'"};
constexpr store::Query take_approved{
    "identity_take_approval",
    "delete from identity.approval where browser = $1 and state = 'approved' and expires_at > $2 "
    "returning parcel"};
constexpr store::Query give_back{
    "identity_return_approval",
    "insert into identity.approval (browser, transaction_id, person, mode, number, state, parcel, "
    "expires_at, asked_at) values ($1, $2, null, 'push', 0, 'approved', $3, $4, $4) "
    "on conflict (browser) do nothing"};

std::string_view mode_name(ApprovalMode mode) {
  if (mode == ApprovalMode::push) return "push";
  return mode == ApprovalMode::scan ? "scan" : "link";
}

ApprovalMode read_mode(std::string_view name) {
  if (name == "push") return ApprovalMode::push;
  return name == "scan" ? ApprovalMode::scan : ApprovalMode::link;
}

ApprovalState read_state(std::string_view name) {
  if (name == "approved") return ApprovalState::approved;
  if (name == "refused") return ApprovalState::refused;
  if (name == "expired") return ApprovalState::expired;
  return name == "waiting" ? ApprovalState::waiting : ApprovalState::unusable;
}

Bytes browser_hash(std::string_view browser) {
  const Sha256 hash = sha256("approval/" + std::string(browser));
  return {hash.begin(), hash.end()};
}

}  // namespace

struct MobileApproval::Impl {
  Impl(Parts a_parts, MobileApprovalConfig a_config)
      : parts(std::move(a_parts)), config(std::move(a_config)), service(config, parts.random) {}

  struct Row {
    ApprovalId id;
    Approval shown;
    JsonObject parcel;
  };
  [[nodiscard]] Bytes pack_up(const JsonObject& parcel) const {
    return pack(parts.keys, parts.random, parcel_context, write_json(parcel));
  }
  [[nodiscard]] Result<JsonObject> unpacked(const Bytes& parcel) const {
    MINBEN_TRY(text, unpack(parts.keys, parcel_context, parcel));
    MINBEN_TRY(json, parse_json(text));
    if (!json.is_object()) return fail(Kind::internal, "not_openable");
    return json.get_object();
  }
  /// Counts the start in a transaction of its own: who is over the limit is still counted.
  Result<void> count_start(const ApprovalWish& wish, const std::string& national_id) const;
  Result<std::optional<Row>> find(std::string_view browser) const;
  Result<ApprovalState> ask(const Row& row, std::string_view browser);
  Result<ApprovalState> judge(const Row& row, const ApprovalAnswer& answer, JsonObject& parcel);
  Result<void> store_outcome(const Row& row, std::string_view browser, ApprovalState state,
                             const JsonObject& parcel) const;
  Result<JsonObject> take(std::string_view browser) const;
  Result<void> keep(std::string_view browser, const JsonObject& parcel) const;
  Result<RegisterEntry> confirm(const JsonObject& parcel, const RegisterQuestion& asked) const;
  [[nodiscard]] static Proof proof_of(const JsonObject& parcel);
  [[nodiscard]] std::string hint(int number) const {
    return fmt::format("{} 登入 Sign in：{}", config.platform_name, number);
  }
  [[nodiscard]] std::string data_of(const std::string& transaction) const {
    return fmt::format("minben/approval/1\n{}\n{}\n{}\n", config.origin, transaction,
                       parts.random.token(32));
  }

  Parts parts;
  MobileApprovalConfig config;
  ApprovalService service;
};

MobileApproval::MobileApproval(Parts parts, MobileApprovalConfig config) {
  MINBEN_ASSERT(config.secret.size() == 32);
  MINBEN_ASSERT(config.time_limit >= seconds{30} && config.time_limit <= seconds{600});
  impl_ = std::make_unique<Impl>(std::move(parts), std::move(config));
}
MobileApproval::~MobileApproval() = default;

Result<void> MobileApproval::Impl::count_start(const ApprovalWish& wish,
                                               const std::string& national_id) const {
  const Vault& vault = parts.identity.vault();
  const Instant now = parts.clock.now();
  MINBEN_TRY(too_many, parts.database.transact([&](store::Transaction& tx) -> Result<bool> {
    MINBEN_TRY(network, count_one(tx, vault, now, {"approval.network", wish.network}));
    if (wish.mode != ApprovalMode::push) return network > config.starts_per_network_per_hour;
    MINBEN_TRY(person, count_one(tx, vault, now, {"approval.person", national_id}));
    MINBEN_TRY(refusals, counted(tx, vault, now, {"approval.refused", national_id, day}));
    return network > config.starts_per_network_per_hour ||
           person > config.pushes_per_person_per_hour ||
           refusals >= config.refusals_per_person_per_day;
  }));
  if (too_many) return fail(Kind::too_many, "too_many_approvals");
  return {};
}

Result<void> MobileApproval::start(const ApprovalWish& wish) {
  MINBEN_ASSERT(wish.browser.size() >= 16);
  std::string national_id;
  if (wish.mode == ApprovalMode::push) {
    MINBEN_TRY(question, normal_question({wish.national_id, "00000000"}));
    national_id = question.national_id;
  }
  MINBEN_CHECK(impl_->count_start(wish, national_id));
  const Parts& parts = impl_->parts;
  const Instant now = parts.clock.now();
  const ApprovalId id = ApprovalId::make(parts.clock, parts.random);
  const std::string transaction = minben::to_string(id);
  const std::optional<Bytes> person =
      national_id.empty() ? std::nullopt
                          : std::optional(parts.identity.vault().lookup("approval", national_id));
  if (person) {
    MINBEN_TRY(open, parts.database.run(open_elsewhere, *person, now, browser_hash(wish.browser)));
    if (!open.empty()) return fail(Kind::conflict, "approval_open");
  }
  const int number = 10 + static_cast<int>(parts.random.below(90));
  const std::string data = impl_->data_of(transaction);
  MINBEN_TRY(ticket, impl_->service.begin(
                         {transaction, national_id, wish.mode, impl_->hint(number), data}));
  // Without a ticket there is nobody who could approve. A request by push then waits all the same.
  if (ticket.empty() && wish.mode != ApprovalMode::push)
    return fail(Kind::unavailable, "approval_unavailable", "no ticket");
  const std::string link = wish.mode == ApprovalMode::push
                               ? std::string()
                               : impl_->config.app_link + "?sp_ticket=" + ticket;
  const JsonObject parcel{{"national_id", national_id}, {"data", data}, {"link", link}};
  MINBEN_CHECK(parts.database.run(put_approval, browser_hash(wish.browser), id, person,
                                  mode_name(wish.mode), number, impl_->pack_up(parcel),
                                  now + impl_->config.time_limit, now));
  return {};
}

Result<std::optional<MobileApproval::Impl::Row>> MobileApproval::Impl::find(
    std::string_view browser) const {
  MINBEN_TRY(rows, parts.database.run(find_approval, browser_hash(browser)));
  if (rows.empty()) return std::nullopt;
  const store::Row row = rows.front();
  MINBEN_TRY(parcel, unpacked(row.bytes("parcel")));
  Row out{row.id<ApprovalId>("transaction_id"), {}, std::move(parcel)};
  out.shown = {read_mode(row.text("mode")), read_state(row.text("state")),
               static_cast<int>(row.integer("number")), string_or(out.parcel, "link"),
               row.instant("expires_at")};
  return out;
}

Result<Approval> MobileApproval::look(std::string_view browser) {
  MINBEN_TRY(found, impl_->find(browser));
  if (!found) return fail(Kind::not_found, "no_approval");
  Approval shown = found->shown;
  const Instant now = impl_->parts.clock.now();
  if (shown.state == ApprovalState::approved && now >= shown.expires_at)
    shown.state = ApprovalState::expired;
  if (shown.state != ApprovalState::waiting) return shown;
  MINBEN_TRY(turn,
             impl_->parts.database.run(take_turn, browser_hash(browser), now, now - poll_interval));
  if (turn.affected() == 1) {
    MINBEN_TRY(state, impl_->ask(*found, browser));
    shown.state = state;
  }
  const bool pending = shown.state == ApprovalState::waiting ||
                       shown.state == ApprovalState::seen ||
                       shown.state == ApprovalState::unreachable;
  if (pending && now >= shown.expires_at) shown.state = ApprovalState::expired;
  return shown;
}

/// A person whom the service does not know waits like one who does not look.
Result<ApprovalState> MobileApproval::Impl::ask(const Row& row, std::string_view browser) {
  const auto answer = service.result(minben::to_string(row.id));
  if (!answer) return ApprovalState::unreachable;
  if (answer->code == "20003") return ApprovalState::seen;
  if (answer->code != "0" && answer->code != "20004") return ApprovalState::waiting;
  JsonObject parcel = row.parcel;
  MINBEN_TRY(state, judge(row, *answer, parcel));
  if (state == ApprovalState::unreachable) return state;
  MINBEN_CHECK(store_outcome(row, browser, state, parcel));
  return state;
}

Result<ApprovalState> MobileApproval::Impl::judge(const Row& row, const ApprovalAnswer& answer,
                                                  JsonObject& parcel) {
  const std::string asked = string_or(row.parcel, "national_id");
  const Instant now = parts.clock.now();
  if (answer.code != "0") {
    if (!asked.empty())
      MINBEN_CHECK(parts.database.transact([&](store::Transaction& tx) {
        return count_one(tx, parts.identity.vault(), now, {"approval.refused", asked, day});
      }));
    return ApprovalState::refused;
  }
  const auto approver = check_approval(answer, string_or(row.parcel, "data"), config, now);
  if (!approver && approver.error().kind == Kind::unavailable) return ApprovalState::unreachable;
  if (!approver) {
    spdlog::warn("an approval was not taken: {}", approver.error().code);
    return ApprovalState::unusable;
  }
  const bool same = asked.empty() || asked == answer.national_id;
  if (!same || !answer.national_id.ends_with(approver->last_four)) {
    spdlog::warn("an approval was not taken: it is another person's");
    return ApprovalState::unusable;
  }
  const auto registered = service.is_registered(minben::to_string(row.id), answer.national_id);
  if (!registered) return ApprovalState::unreachable;
  if (!*registered) {
    spdlog::warn("an approval was not taken: the phone is no longer registered");
    return ApprovalState::unusable;
  }
  parcel = {{"national_id", answer.national_id}, {"issuer", approver->issuer},
            {"subject", approver->subject},      {"name", approver->name},
            {"device", approver->device},        {"until", minben::to_string(now + usable_for)}};
  return ApprovalState::approved;
}

Result<void> MobileApproval::Impl::store_outcome(const Row& row, std::string_view browser,
                                                 ApprovalState state,
                                                 const JsonObject& parcel) const {
  std::string_view name = "unusable";
  if (state == ApprovalState::approved) name = "approved";
  if (state == ApprovalState::refused) name = "refused";
  MINBEN_CHECK(parts.database.run(settle, browser_hash(browser), row.id, name, pack_up(parcel),
                                  parts.clock.now() + usable_for));
  return {};
}

Proof MobileApproval::Impl::proof_of(const JsonObject& parcel) {
  // Two factors, the phone's key and what unlocks it, over a second channel; but somebody could be
  // led to approve what another asked for, so not the highest.
  return {std::string(method::mobile_approval),
          string_or(parcel, "issuer"),
          string_or(parcel, "subject"),
          Levels{2, 2, 0},
          {"mca", "swk", "user"},
          string_or(parcel, "device")};
}

Result<JsonObject> MobileApproval::Impl::take(std::string_view browser) const {
  MINBEN_TRY(rows, parts.database.run(take_approved, browser_hash(browser), parts.clock.now()));
  if (rows.empty()) return fail(Kind::conflict, "not_approved");
  return unpacked(rows.front().bytes("parcel"));
}

/// What was taken and could not be used yet; it does not last longer for that.
Result<void> MobileApproval::Impl::keep(std::string_view browser, const JsonObject& parcel) const {
  MINBEN_TRY(until, parse_instant(string_or(parcel, "until")));
  MINBEN_CHECK(parts.database.run(give_back, browser_hash(browser),
                                  ApprovalId::make(parts.clock, parts.random), pack_up(parcel),
                                  until));
  return {};
}

Result<SignedIn> MobileApproval::finish(std::string_view browser, const Client& client) {
  MINBEN_TRY(parcel, impl_->take(browser));
  auto signed_in = impl_->parts.identity.sign_in_with_proof(Impl::proof_of(parcel), client);
  const bool later = !signed_in && (signed_in.error().code == "not_bound" ||
                                    signed_in.error().code == "account_closed");
  if (later) MINBEN_CHECK(impl_->keep(browser, parcel));
  return signed_in;
}

Result<SignedIn> MobileApproval::first_use(std::string_view browser,
                                           std::string_view household_number, const Client& client,
                                           const Session* own, Language language) {
  MINBEN_TRY(parcel, impl_->take(browser));
  RegisterQuestion question{string_or(parcel, "national_id"), std::string(household_number)};
  question.language = own == nullptr ? language : own->language;
  if (own != nullptr && own->person() != nullptr) question.person = *own->person();
  const auto entry = impl_->confirm(parcel, question);
  if (!entry) {
    // Another try is for who typed a wrong number, not for who has died.
    if (entry.error().code != "deceased") MINBEN_CHECK(impl_->keep(browser, parcel));
    return fail(entry.error());
  }
  return impl_->parts.identity.bind(Impl::proof_of(parcel), *entry, client, own);
}

/// The name on the certificate too: a phone of somebody else with the same four digits binds
/// nothing.
Result<RegisterEntry> MobileApproval::Impl::confirm(const JsonObject& parcel,
                                                    const RegisterQuestion& asked) const {
  MINBEN_TRY(question, normal_question(asked));
  const Vault& vault = parts.identity.vault();
  const RateKey tries{"approval.first_use", question.national_id, day};
  MINBEN_TRY(tried, parts.database.transact([&](store::Transaction& tx) {
    return count_one(tx, vault, parts.clock.now(), tries);
  }));
  if (tried > wrong_tries_per_day) return fail(Kind::too_many, "too_many_tries");
  MINBEN_TRY(entry, ask_registers(parts.identity, parts.database, parts.registers, question));
  if (!entry || entry->name != string_or(parcel, "name"))
    return fail(Kind::unauthorised, "no_match");
  MINBEN_CHECK(parts.database.transact(
      [&](store::Transaction& tx) { return forget_count(tx, vault, tries); }));
  return *entry;
}

}  // namespace minben::identity
