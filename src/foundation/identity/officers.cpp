#include "impl.hpp"

namespace minben::identity {

namespace {
constexpr std::string_view profile_context = "identity.officer.profile";

constexpr store::Query insert_officer{"identity_insert_officer",
                                      "insert into identity.officer (officer_id, agency_code, "
                                      "profile, email_lookup, roles, language, "
                                      "created_at) values ($1, $2, $3, $4, $5, $6, $7)"};
constexpr store::Query find_officer{
    "identity_find_officer",
    "select officer_id, agency_code, profile, roles, language, active from identity.officer "
    "where officer_id = $1"};
constexpr store::Query find_officers_of{
    "identity_find_officers_of",
    "select officer_id, agency_code, profile, roles, language, active from identity.officer "
    "where agency_code = $1"};
constexpr store::Query update_roles{"identity_update_roles",
                                    "update identity.officer set roles = $2 where officer_id = $1"};
constexpr store::Query update_active{
    "identity_update_active", "update identity.officer set active = $2 where officer_id = $1"};

Result<Officer> read_officer(const Vault& vault, store::Transaction& transaction,
                             const store::Row& row) {
  const auto id = row.id<OfficerId>("officer_id");
  MINBEN_TRY(json, vault.open_json(transaction, id, profile_context, row.bytes("profile")));
  return Officer{id,
                 {row.text("agency_code")},
                 string_or(json, "name"),
                 row.texts("roles"),
                 read_language(row.text("language")),
                 row.boolean("active")};
}

Result<void> one_changed(const Result<store::Rows>& rows) {
  if (!rows) return std::unexpected(rows.error());
  if (rows->affected() == 0) return fail(Kind::not_found, "no_such_officer");
  return {};
}
}  // namespace

Result<OfficerId> Identity::add_officer(store::Transaction& transaction,
                                        const NewOfficer& officer) {
  MINBEN_TRY(email, normal_email(officer.email));
  const OfficerId id = OfficerId::make(impl_->clock, impl_->random);
  const Bytes lookup = impl_->email_lookup(Realm::officer, email);
  MINBEN_CHECK(impl_->claim(transaction, lookup, id, "email"));
  MINBEN_TRY(sealed, impl_->vault.seal_json(transaction, id, profile_context,
                                            {{"name", officer.name}, {"email", email}}));
  MINBEN_CHECK(transaction.run(insert_officer, id, officer.agency, sealed, lookup, officer.roles,
                               language_tag(officer.language), impl_->clock.now()));
  return id;
}

Result<Officer> Identity::Impl::officer(store::Transaction& transaction, OfficerId id) const {
  MINBEN_TRY(rows, transaction.run(find_officer, id));
  if (rows.empty()) return fail(Kind::not_found, "no_such_officer");
  return read_officer(vault, transaction, rows.front());
}

Result<Officer> Identity::officer(store::Transaction& transaction, OfficerId id) const {
  return impl_->officer(transaction, id);
}

Result<Identity::Impl::Address> Identity::Impl::officer_address(store::Transaction& transaction,
                                                                OfficerId id) const {
  MINBEN_TRY(rows, transaction.run(find_officer, id));
  if (rows.empty()) return fail(Kind::not_found, "no_such_officer");
  const store::Row row = rows.front();
  MINBEN_TRY(json, vault.open_json(transaction, id, profile_context, row.bytes("profile")));
  return Address{string_or(json, "email"), read_language(row.text("language"))};
}

Result<std::string> Identity::officer_email(store::Transaction& transaction, OfficerId id) const {
  MINBEN_TRY(address, impl_->officer_address(transaction, id));
  return std::move(address.email);
}

Result<std::vector<Officer>> Identity::officers_of(store::Transaction& transaction,
                                                   const AgencyCode& agency) const {
  MINBEN_TRY(rows, transaction.run(find_officers_of, agency));
  std::vector<Officer> officers;
  for (const store::Row row : rows) {
    MINBEN_TRY(officer, read_officer(impl_->vault, transaction, row));
    officers.push_back(std::move(officer));
  }
  std::ranges::sort(officers, [](const Officer& a, const Officer& b) {
    return a.active != b.active ? a.active : a.name < b.name;
  });
  return officers;
}

Result<void> Identity::set_roles(store::Transaction& transaction, OfficerId id,
                                 const std::vector<std::string>& roles) {
  return one_changed(transaction.run(update_roles, id, roles));
}

Result<void> Identity::set_active(store::Transaction& transaction, OfficerId id, bool active) {
  MINBEN_CHECK(one_changed(transaction.run(update_active, id, active)));
  if (!active) MINBEN_CHECK(impl_->end_sessions(transaction, id));
  return {};
}

}  // namespace minben::identity
