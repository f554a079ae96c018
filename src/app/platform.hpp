#pragma once
// Everything `minben serve` is made of, wired by constructors. Also used by the demonstration
// country to fill itself through the same doors as everybody else.
#include <memory>

#include "api/api.hpp"
#include "casework/casework.hpp"
#include "citizen_certificates.hpp"
#include "config.hpp"
#include "core/core.hpp"
#include "documents/documents.hpp"
#include "exchange/exchange.hpp"
#include "identity/identity.hpp"
#include "identity/mandates.hpp"
#include "identity/mobile_approval.hpp"
#include "identity/register_check.hpp"
#include "ledger/commitments.hpp"
#include "ledger/witnessing.hpp"
#include "mydata/questions.hpp"
#include "mydata/requests.hpp"
#include "net/net.hpp"
#include "openid/relying_party.hpp"
#include "life_events.hpp"
#include "net/outside.hpp"
#include "openid/openid.hpp"
#include "payments/payments.hpp"
#include "registry/registry.hpp"
#include "store/store.hpp"

namespace minben::app {

/// Of the platform's ledger. The key of its first log is config.state/ledger.key.pem, that of its
/// N-th log ledger-N.key.pem; all nodes have them.
inline constexpr std::string_view ledger_origin = "minben.example/ledger/platform";

/// Where the key of log `number` is kept.
std::filesystem::path ledger_key_path(const std::filesystem::path& state, int number);
/// The platform's ledger in its database. A ledger that an earlier version kept in a directory is
/// taken along. Errors: those of Logs::open.
Result<std::unique_ptr<ledger::Logs>> open_platform_ledger(const Config& config,
                                                           store::Database& database);
/// Of config.state; the same on all machines of a platform (docs/keys.md).
inline constexpr std::string_view master_key_file = "master.key";

/// Of config.state: signs consent assertions and consent receipts.
inline constexpr std::string_view platform_key_file = "platform.key.pem";
/// What takes its place next; the registry publishes it before (docs/keys.md).
inline constexpr std::string_view next_platform_key_file = "platform.key.next.pem";

/// Of config.state: shows other OpenID providers who the platform is.
inline constexpr std::string_view sign_in_key_file = "sign-in.key.pem";

/// Brings every room's tables to this program's version.
Result<void> migrate_all(store::Database& database);

/// The rooms of the platform, each living as long as this. Members are in order of construction.
class Platform {
 public:
  /// Opens keys in config.state (made when missing, except those of a ledger that is there already)
  /// and reads the packages. Package faults are logged: an older version, or nothing, is served for
  /// that package.
  static Result<std::unique_ptr<Platform>> open(const Config& config, const Clock& clock,
                                                Random& random);
  ~Platform();

  store::Database& database() { return *database_; }
  identity::Identity& identity() { return *identity_; }
  identity::Mandates& mandates() { return *mandates_; }
  documents::Documents& documents() { return *documents_; }
  payments::Payments& payments() { return *payments_; }
  mydata::MyData& mydata() { return *mydata_; }
  mydata::DataRequests& data_requests() { return *data_requests_; }
  mydata::Questions& questions() { return *questions_; }
  const mydata::Catalogue& resources() const { return resources_; }
  casework::Casework& casework() { return *casework_; }
  casework::Packages& packages() { return *packages_; }
  /// Working days of the government and of each agency.
  const casework::Calendar& calendar() const { return *calendar_; }
  api::Clients& clients() { return *clients_; }
  api::Webhooks& webhooks() { return *webhooks_; }
  ledger::Logs& logs() { return *logs_; }
  const ledger::Commitments& commitments() const { return *commitments_; }
  ledger::Sequencer& sequencer() { return *sequencer_; }
  /// Nothing when the configuration names no witnesses.
  ledger::Witnessing* witnessing() { return witnessing_.get(); }
  /// As it was when the platform was opened.
  const exchange::Configuration& exchange() const { return exchange_; }
  /// Nothing when somebody else runs the registry of the exchange.
  registry::Registry* registry() { return registry_.get(); }
  keys::Keys& keys() { return *keys_; }
  /// Nothing when the configuration names no other provider to sign in with.
  const openid::RelyingParty* relying_party() const { return relying_party_.get(); }
  /// Nothing when the configuration names no authority of citizens.
  CitizenCertificates* citizen_certificates() { return citizen_certificates_.get(); }
  /// Nothing when the configuration names no service.
  identity::MobileApproval* mobile_approval() { return mobile_approval_.get(); }
  /// Unavailable "register_unavailable" where the configuration names nobody who may ask.
  identity::RegisterCheck register_check();
  openid::Provider& openid() { return *openid_; }
  /// Nothing when the configuration names no register that tells.
  LifeEvents* life_events() { return life_events_.get(); }

  /// Registers every room's jobs. Before workers.start(). Mails go to the configured relay unless a
  /// mailer is given.
  void work_in(store::Workers& workers, identity::Mailer mailer = {});
  /// By the configured relay.
  Result<void> send_mail(const identity::OutgoingMail& mail) const;

 private:
  Platform(const Config& config, const Clock& clock, Random& random);
  Result<void> open_foundation();
  Result<void> open_witnessing();
  Result<void> open_relying_party();
  Result<void> open_exchange();
  Result<void> read_exchange();
  Result<void> open_registry();
  Result<std::vector<trust::VerifyKey>> member_keys(const AgencyCode& agency) const;
  Result<void> check_platform_key() const;
  Result<void> open_openid();
  Result<void> open_services();
  Result<void> open_citizen_certificates();
  Result<void> open_mobile_approval();
  Result<void> open_phone_lists(identity::MobileApprovalConfig& config);
  Result<void> open_life_events();
  void open_data_requests();
  void open_mandates();
  [[nodiscard]] std::vector<mydata::DelayLaw> delay_laws() const;
  Result<Json> call_gateway(const mydata::GatewayCall& call);
  Result<void> ask_heartbeat(const mydata::Resource& resource);

  const Config config_;
  const Clock& clock_;
  Random& random_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<keys::Keys> keys_;
  std::optional<trust::SigningKey> platform_key_;
  std::unique_ptr<ledger::Logs> logs_;
  std::unique_ptr<ledger::Commitments> commitments_;
  std::unique_ptr<ledger::Sequencer> sequencer_;
  std::unique_ptr<ledger::Witnessing> witnessing_;
  std::unique_ptr<identity::Identity> identity_;
  std::unique_ptr<identity::Mandates> mandates_;
  std::unique_ptr<net::Client> provider_client_;
  std::unique_ptr<openid::RelyingParty> relying_party_;
  std::unique_ptr<net::OutsideClient> openid_client_;  // to places that clients name
  std::unique_ptr<openid::Provider> openid_;
  exchange::Configuration exchange_;
  std::unique_ptr<registry::Registry> registry_;
  std::map<std::string, std::unique_ptr<exchange::Consumer>> consumers_;  // "member/subsystem"
  std::unique_ptr<net::Client> client_;
  std::unique_ptr<documents::Documents> documents_;
  std::unique_ptr<payments::Payments> payments_;
  std::unique_ptr<mydata::MyData> mydata_;
  mydata::Catalogue resources_;
  std::unique_ptr<mydata::ServiceProviders> service_providers_;
  std::unique_ptr<mydata::DataRequests> data_requests_;
  std::unique_ptr<mydata::Questions> questions_;
  std::optional<casework::Calendar> calendar_;
  std::unique_ptr<casework::Packages> packages_;
  std::unique_ptr<api::Webhooks> webhooks_;  // casework tells it
  std::unique_ptr<casework::Casework> casework_;
  std::unique_ptr<api::Clients> clients_;
  std::unique_ptr<CitizenCertificates> citizen_certificates_;
  std::unique_ptr<RevocationLists> phone_lists_;
  std::unique_ptr<identity::MobileApproval> mobile_approval_;
  std::unique_ptr<LifeEvents> life_events_;
};

}  // namespace minben::app
