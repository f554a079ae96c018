// Whom the registers say somebody represents, and acting for somebody.
#include "mandate_rows.hpp"
#include "rates.hpp"

namespace minben::identity {

namespace {

constexpr int full_age = 18;  // 民法 §12
constexpr int company_years = 1;
constexpr hours word_lasts{24};
constexpr int companies_per_person = 20;
constexpr int companies_per_network = 100;

constexpr store::Query find_taken{
    "identity_find_taken_mandate",
    "select * from identity.mandate where principal_id = $1 and holder_id = $2 and kind = $3 "
    "and state = 'active' for update"};
constexpr store::Query insert_taken{
    "identity_insert_taken_mandate",
    "insert into identity.mandate (principal_id, mandate_id, holder_id, kind, state, services, "
    "data, only_services, granted_by, offered_at, accepted_at, expires_at, checked_at) "
    "values ($1, $2, $3, $4, 'active', true, true, '{}', $3, $5, $5, $6, $5)"};
constexpr store::Query confirm{"identity_confirm_mandate",
                               "update identity.mandate set checked_at = $3, expires_at = $4 "
                               "where principal_id = $1 and mandate_id = $2"};
constexpr store::Query find_for_data{
    "identity_find_mandate_for_data",
    "select * from identity.mandate where principal_id = $1 and holder_id = $2 "
    "and state = 'active' and data order by mandate_id"};
constexpr store::Query set_acting{
    "identity_set_acting",
    "update identity.session set principal_id = $2, mandate_id = $3 where token_hash = $1"};

struct Taken {
  Represented represented;
  MandateKind kind;
  Instant expires_at{};
};

Result<Taken> guardianship_of(const Represented& ward) {
  if (!ward.born) return fail(Kind::unavailable, "register_unavailable", "no date of birth");
  return Taken{ward, MandateKind::guardian, taiwan_midnight(add_years(*ward.born, full_age))};
}

Taken company_of(const Represented& company, Instant now) {
  return {company, MandateKind::company,
          taiwan_midnight(add_years(taiwan_date(now), company_years))};
}

/// One that is there is confirmed, else a new one is made.
Result<MandateId> take(const Mandates::Impl& impl, PersonId holder, const Taken& taken) {
  const Instant now = impl.now();
  if (now >= taken.expires_at) return fail(Kind::not_found, "no_such_ward", "of full age");
  return impl.parts.database.transact([&](store::Transaction& tx) -> Result<MandateId> {
    MINBEN_TRY(principal, impl.identity().account_by_register(impl.parts.identity, tx,
                                                              taken.represented.entry));
    if (principal == holder) return fail(Kind::conflict, "own_mandate");
    MINBEN_TRY(rows, tx.run(find_taken, principal, holder, to_string(taken.kind)));
    Mandate mandate;
    mandate.kind = taken.kind;
    mandate.state = MandateState::active;
    mandate.principal = principal;
    mandate.holder = holder;
    mandate.powers = {true, true, {}};
    mandate.expires_at = taken.expires_at;
    if (!rows.empty()) {
      const MandateRow row = read_mandate(rows.front(), now);
      mandate.id = row.mandate.id;
      if (row.ended_by_clock) MINBEN_CHECK(end_mandate(impl, tx, row, "expired", {}));
      else {
        MINBEN_CHECK(tx.run(confirm, principal, mandate.id, now, mandate.expires_at));
        MINBEN_CHECK(plan_end(tx, mandate, mandate.expires_at));
        return mandate.id;
      }
    }
    mandate.id = MandateId::make(impl.parts.clock, impl.parts.random);
    MINBEN_CHECK(tx.run(insert_taken, principal, mandate.id, holder, to_string(taken.kind), now,
                        mandate.expires_at));
    MINBEN_CHECK(plan_end(tx, mandate, mandate.expires_at));
    MINBEN_CHECK(leave_trace(impl, tx, mandate, "accepted", holder));
    MINBEN_CHECK(tell_of_mandate(impl, tx, mandate, MandateNews::accepted));
    return mandate.id;
  });
}

Result<Profile> profile_of(const Mandates::Impl& impl, PersonId person) {
  return impl.parts.database.transact([&](store::Transaction& tx) -> Result<Profile> {
    MINBEN_TRY(who, impl.parts.identity.person(tx, person));
    return who.profile;
  });
}

Result<std::vector<Represented>> ask_for_wards(const Mandates::Impl& impl, PersonId person) {
  if (!impl.parts.registers.wards)
    return fail(Kind::unavailable, "register_unavailable", "it is not asked here");
  MINBEN_TRY(profile, profile_of(impl, person));
  MINBEN_TRY(wards, impl.parts.registers.wards(person, profile));
  const Date today = taiwan_date(impl.now());
  std::erase_if(wards, [&](const Represented& ward) {
    return !ward.born || add_years(*ward.born, full_age) <= today;
  });
  return wards;
}

Result<std::optional<Represented>> ask_for_company(const Mandates::Impl& impl, PersonId person,
                                                   std::string_view number) {
  if (!impl.parts.registers.company)
    return fail(Kind::unavailable, "register_unavailable", "it is not asked here");
  MINBEN_TRY(profile, profile_of(impl, person));
  return impl.parts.registers.company(person, profile, number);
}

const Represented* named(const std::vector<Represented>& wards, std::string_view national_id) {
  for (const Represented& ward : wards)
    if (ward.entry.national_id == national_id) return &ward;
  return nullptr;
}

/// What the registers say now of a mandate that rests on their word.
Result<std::optional<Taken>> asked_again(const Mandates::Impl& impl, const Mandate& mandate) {
  MINBEN_TRY(principal, profile_of(impl, mandate.principal));
  if (mandate.kind == MandateKind::company) {
    MINBEN_TRY(company, ask_for_company(impl, mandate.holder, principal.national_id));
    if (!company) return std::optional<Taken>();
    return std::optional(company_of(*company, impl.now()));
  }
  MINBEN_TRY(wards, ask_for_wards(impl, mandate.holder));
  const Represented* ward = named(wards, principal.national_id);
  if (ward == nullptr) return std::optional<Taken>();
  MINBEN_TRY(taken, guardianship_of(*ward));
  return std::optional(std::move(taken));
}

Result<MandateRow> held_row(const Mandates::Impl& impl, store::Transaction& tx, PersonId holder,
                            MandateId id) {
  MINBEN_TRY(row, lock_held(impl, tx, holder, id));
  if (!row) return fail(Kind::not_found, "no_such_mandate");
  return std::move(*row);
}

bool is_fresh(const Mandates::Impl& impl, const MandateRow& row) {
  return row.mandate.kind == MandateKind::granted ||
         (row.checked_at && impl.now() - *row.checked_at < word_lasts);
}

/// Asks the registers where their word is a day old; ends what they no longer confirm.
Result<void> refresh(const Mandates::Impl& impl, const MandateRow& row, PersonId holder) {
  const Mandate& mandate = row.mandate;
  if (is_fresh(impl, row)) return {};
  MINBEN_TRY(taken, asked_again(impl, mandate));
  if (taken) {
    MINBEN_CHECK(take(impl, holder, *taken));
    return {};
  }
  MINBEN_CHECK(impl.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(now, held_row(impl, tx, holder, mandate.id));
    if (now.mandate.state != MandateState::active) return {};
    return end_mandate(impl, tx, now, "register", {});
  }));
  return fail(Kind::conflict, "mandate_ended", "the register no longer confirms it");
}

}  // namespace

bool is_company_number(std::string_view number) {
  constexpr std::string_view weights = "12121241";
  if (number.size() != weights.size()) return false;
  int sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (number[i] < '0' || number[i] > '9') return false;
    const int product = (number[i] - '0') * (weights[i] - '0');
    sum += product / 10 + product % 10;
  }
  // 7 × 4 = 28, whose digits add up to 10: that counts as 1 or as 0.
  return sum % 5 == 0 || (number[6] == '7' && (sum - 9) % 5 == 0);
}

bool Mandates::asks_for_wards() const { return bool(impl_->parts.registers.wards); }
bool Mandates::asks_for_companies() const { return bool(impl_->parts.registers.company); }

Result<std::vector<Represented>> Mandates::wards(const Session& session) {
  MINBEN_TRY(person, proven_holder(session));
  return ask_for_wards(*impl_, person);
}

Result<MandateId> Mandates::take_guardianship(const Session& session,
                                              std::string_view national_id) {
  MINBEN_TRY(person, proven_holder(session));
  MINBEN_TRY(wards, ask_for_wards(*impl_, person));
  const Represented* ward = named(wards, national_id);
  if (ward == nullptr) return fail(Kind::not_found, "no_such_ward");
  MINBEN_TRY(taken, guardianship_of(*ward));
  return take(*impl_, person, taken);
}

Result<MandateId> Mandates::take_company(const Session& session, std::string_view number,
                                         std::string_view remote_address) {
  MINBEN_TRY(person, proven_holder(session));
  if (!is_company_number(number))
    return fail(Kind::invalid, "company_number", "eight digits", "company_number");
  MINBEN_TRY(within, impl_->parts.database.transact([&](store::Transaction& tx) -> Result<bool> {
    const Vault& vault = impl_->parts.identity.vault();
    MINBEN_TRY(by, within_rate(tx, vault, impl_->now(), "company.person", to_string(person),
                               companies_per_person));
    MINBEN_TRY(from, within_rate(tx, vault, impl_->now(), "company.network", remote_address,
                                 companies_per_network));
    return by && from;
  }));
  if (!within) return fail(Kind::too_many, "too_many_tries");
  MINBEN_TRY(company, ask_for_company(*impl_, person, number));
  if (!company) return fail(Kind::not_found, "no_such_company", "", "company_number");
  return take(*impl_, person, company_of(*company, impl_->now()));
}

// ------------------------------------------------------------------------------------- acting

Result<Act> Mandates::authority_over(store::Transaction& tx, PersonId holder,
                                     PersonId principal) const {
  MINBEN_TRY(rows, tx.run(find_for_data, principal, holder));
  bool stale = false;
  for (const store::Row found : rows) {
    const MandateRow row = read_mandate(found, impl_->now());
    if (row.mandate.state != MandateState::active) continue;
    if (is_fresh(*impl_, row)) return Act{holder, row.mandate.id, row.mandate.kind};
    stale = true;
  }
  if (stale) return fail(Kind::conflict, "mandate_to_confirm", "the register is to be asked again");
  return fail(Kind::forbidden, "no_mandate", "not for this person's data");
}

Result<void> Mandates::confirm(const Session& session, MandateId id) {
  MINBEN_TRY(person, proven_holder(session));
  MINBEN_TRY(row, impl_->parts.database.transact(
                      [&](store::Transaction& tx) { return held_row(*impl_, tx, person, id); }));
  if (row.mandate.state != MandateState::active)
    return fail(Kind::conflict, "mandate_ended", row.mandate.end_reason);
  return refresh(*impl_, row, person);
}

Result<void> Mandates::act(const Session& session, MandateId id) {
  MINBEN_CHECK(confirm(session, id));
  const PersonId person = *session.person();
  return impl_->parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(now, held_row(*impl_, tx, person, id));
    if (now.mandate.state != MandateState::active)
      return fail(Kind::conflict, "mandate_ended", now.mandate.end_reason);
    MINBEN_CHECK(tx.run(set_acting, session.token_hash, now.mandate.principal, id));
    return leave_trace(*impl_, tx, now.mandate, "used", person);
  });
}

Result<void> Mandates::stop(const Session& session) {
  MINBEN_CHECK(impl_->parts.database.run(set_acting, session.token_hash, std::optional<PersonId>(),
                                         std::optional<MandateId>()));
  return {};
}

}  // namespace minben::identity
