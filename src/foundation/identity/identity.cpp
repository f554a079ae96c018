#include "impl.hpp"
#include "store/repeat.hpp"

namespace minben::identity {

namespace {
constexpr hours remember_expired{
    24};  ///< a session that ended can still be told from a made-up one

constexpr store::Query clear_sessions{
    "identity_clear_sessions",
    "delete from identity.session where least(idle_until, ends_at) < $1"};
constexpr store::Query clear_codes{"identity_clear_codes",
                                   "delete from identity.code where expires_at < $1"};
constexpr store::Query clear_ceremonies{"identity_clear_ceremonies",
                                        "delete from identity.ceremony where expires_at < $1"};
constexpr store::Query clear_approvals{"identity_clear_approvals",
                                       "delete from identity.approval where expires_at < $1"};
constexpr store::Query clear_rates{"identity_clear_rates",
                                   "delete from identity.rate where since < $1"};
}  // namespace

Identity::Impl::Impl(store::Database& a_database, const Clock& a_clock, Random& a_random,
                     const keys::Keys& a_keys, Config a_config)
    : database(a_database),
      clock(a_clock),
      random(a_random),
      keys(a_keys),
      config(std::move(a_config)),
      vault(a_keys, a_random) {}

Identity::Identity(store::Database& database, const Clock& clock, Random& random,
                   const keys::Keys& keys, Config config)
    : impl_(std::make_unique<Impl>(database, clock, random, keys, std::move(config))) {}
Identity::~Identity() = default;

const Vault& Identity::vault() const { return impl_->vault; }

Result<void> Identity::Impl::clear_expired(store::Transaction& transaction) const {
  const Instant now = clock.now();
  MINBEN_CHECK(transaction.run(clear_sessions, now - remember_expired));
  MINBEN_CHECK(transaction.run(clear_codes, now));
  MINBEN_CHECK(transaction.run(clear_ceremonies, now));
  MINBEN_CHECK(transaction.run(clear_approvals, now));
  MINBEN_CHECK(transaction.run(clear_rates, now - hours{25}));
  return clear_old_ways_back(transaction);
}

void Identity::work_in(store::Workers& workers, Mailer mailer) {
  workers.on("identity.mail",
             [this, mailer = std::move(mailer)](store::Transaction&, const store::Job& job) {
               return impl_->deliver_mail(job, mailer);
             });
  workers.on("identity.remind_of_recovery",
             [this](store::Transaction& transaction, const store::Job& job) {
               return impl_->remind_of_recovery(transaction, job);
             });
  store::repeat(
      workers, impl_->database, "identity.clear", hours{1},
      [this](store::Transaction& transaction) { return impl_->clear_expired(transaction); });
}

}  // namespace minben::identity
