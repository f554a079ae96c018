// Devices that are new, and devices that are lost.
#include "impl.hpp"
#include "mail_text.hpp"

namespace minben::identity {

namespace {

// One statement tells a new device of somebody who had others before.
constexpr store::Query know_device{
    "identity_know_device",
    "with others as (select count(*) as many from identity.known_device where person_id = $1) "
    "insert into identity.known_device (person_id, device, seen_at) values ($1, $2, $3) "
    "on conflict (person_id, device) do update set seen_at = excluded.seen_at "
    "returning (xmax = 0 and (select many from others) > 0) as surprising"};

}  // namespace

Result<void> Identity::Impl::note_device(store::Transaction& transaction, const Subject& subject,
                                         const Device& device) const {
  const auto* person = std::get_if<PersonId>(&subject);
  if (person == nullptr) return {};
  if (device.browser.empty() && device.system.empty()) return {};
  const Bytes name = vault.lookup("device", device.browser + "/" + device.system);
  MINBEN_TRY(known, transaction.run(know_device, *person, name, clock.now()));
  if (!known.front().boolean("surprising")) return {};
  MINBEN_TRY(to, address(transaction, *person));
  return enqueue_mail(
      transaction,
      {.key = fmt::format("device/{}/{}", minben::to_string(*person), hex_encode(name)),
       .mail = new_device_mail(to.email, config.platform_name, device, clock.now(), to.language),
       .until = clock.now() + mail_of_use});
}

Result<void> Identity::lose_device(store::Transaction& transaction, const Session& session,
                                   const LostDevice& lost) {
  const PersonId* person = session.person();
  if (person == nullptr) return fail(Kind::forbidden, "not_a_person");
  if (session.assurance < Assurance::substantial)
    return fail(Kind::unauthorised, "step_up_required");
  MINBEN_CHECK(impl_->lock_account(transaction, *person));
  if (lost.bindings.empty() && lost.passkeys.empty()) return fail(Kind::invalid, "nothing_lost");
  for (const BindingId id : lost.bindings)
    MINBEN_CHECK(impl_->lose_binding(transaction, *person, id));
  for (const PasskeyId id : lost.passkeys) MINBEN_CHECK(remove_passkey(transaction, session, id));
  MINBEN_TRY(left, impl_->has_strong_method(transaction, *person));
  if (!left) return fail(Kind::conflict, "last_method");
  MINBEN_CHECK(end_other_sessions(transaction, session));
  MINBEN_TRY(to, impl_->address(transaction, *person));
  return impl_->enqueue_mail(transaction,
                             {.key = fmt::format("lost/{}/{}", minben::to_string(*person),
                                                 minben::to_string(impl_->clock.now())),
                              .mail = lost_mail(to.email, impl_->config.platform_name, to.language),
                              .until = impl_->clock.now() + mail_of_use});
}

}  // namespace minben::identity
