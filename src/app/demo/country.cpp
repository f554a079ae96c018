#include "country.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "../files.hpp"
#include "../platform.hpp"
#include "casework/package.hpp"
#include "citizens.hpp"
#include "ledger/succession.hpp"
#include "live.hpp"
#include "phones.hpp"
#include "registers.hpp"
#include "seed.hpp"

namespace minben::app::demo {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view mark = "country.json";
constexpr int history_days = 150;  ///< a new country begins with so much of a past
constexpr int usual_days = 30;     ///< the exchange's configuration is signed anew at every start

std::string program(std::string_view name) { return (program_directory() / name).string(); }

/// A secret of 32 bytes as hex digits, made once.
Result<void> secret_file(const fs::path& path, Random& random) {
  if (fs::exists(path)) return {};
  Bytes secret(32);
  random.fill(secret);
  return trust::write_secret_file(path, hex_encode(secret) + "\n");
}

std::string write_made(Instant at, const std::vector<Account>& accounts) {
  JsonArray list;
  for (const Account& account : accounts)
    list.push_back(
        JsonObject{{"email", account.email}, {"role", account.role}, {"door", account.door}});
  return write_json_pretty(
      JsonObject{{"format", "minben-country/1"}, {"made_at", to_string(at)}, {"accounts", list}});
}

Result<void> read_accounts(std::string_view text, std::vector<Account>& accounts) {
  MINBEN_TRY(document, parse_json(text));
  const Json* list = find(document, "accounts");
  if (list == nullptr || !list->is_array())
    return fail(Kind::invalid, "country_damaged",
                "country.json is not readable; begin anew with --fresh");
  for (const Json& account : list->get_array())
    accounts.push_back(
        {string_or(account, "email"), string_or(account, "role"), string_or(account, "door")});
  return {};
}

/// The sound packages; faults are reported by the platform when it serves.
std::vector<casework::PackagePtr> sound_packages(const fs::path& root) {
  std::vector<casework::PackagePtr> packages;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (!fs::exists(entry.path() / "service.toml")) continue;
    const auto code = ServiceCode::parse(entry.path().filename().string());
    const auto files = casework::read_package_files(entry.path());
    if (!code || !files) continue;
    if (auto package = casework::build_package(*code, *files, known_agencies()))
      packages.push_back(*package);
  }
  return packages;
}

}  // namespace

Country::Country(fs::path directory, Ports ports, const Clock& clock, Random& random)
    : directory_(std::move(directory)), ports_(ports), clock_(clock), random_(random) {}

Country::~Country() {
  cluster_.reset();
  if (lock_ >= 0) ::close(lock_);
}

Result<std::unique_ptr<Country>> Country::open(const fs::path& directory, Ports ports, bool fresh,
                                               const Clock& clock, Random& random) {
  std::unique_ptr<Country> country(
      new Country(fs::absolute(directory).lexically_normal(), ports, clock, random));
  MINBEN_CHECK(country->take(fresh));
  MINBEN_CHECK(country->start_database());
  return country;
}

Result<void> Country::take(bool fresh) {
  std::error_code error;
  fs::create_directories(directory_, error);
  if (error)
    return fail(Kind::invalid, "cannot_make_directory", error.message(), directory_.string());
  const bool ours = fs::exists(directory_ / mark);
  if (!ours && !fs::is_empty(directory_))
    return fail(Kind::conflict, "not_a_country",
                "the directory holds something else; name another with --data",
                directory_.string());
  lock_ = ::open((directory_ / mark).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_ < 0)
    return fail(Kind::internal, "cannot_open", std::strerror(errno), directory_.string());
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0)
    return fail(Kind::conflict, "country_in_use", "another process runs this country",
                directory_.string());
  const auto made = read_file(directory_ / mark);
  if (!fresh && made && !made->empty()) return {};
  // A server that outlived a killed owner is adopted and stopped before its files go.
  if (fs::exists(directory_ / "postgres"))
    if (auto cluster = store::Cluster::start({directory_ / "postgres"}))
      MINBEN_CHECK((*cluster)->stop());
  for (const auto& entry : fs::directory_iterator(directory_))
    if (entry.path().filename() != mark) fs::remove_all(entry.path());
  MINBEN_ASSERT(::ftruncate(lock_, 0) == 0);
  return {};
}

Result<void> Country::start_database() {
  MINBEN_TRY(cluster, store::Cluster::start({directory_ / "postgres"}));
  cluster_ = std::move(cluster);
  return cluster_->create_database("minben");
}

std::string Country::origin() const { return fmt::format("http://localhost:{}", ports_.portal); }

Result<void> Country::start(Supervisor& supervisor) {
  for (const char* folder : {"logs", "registers", "outside", "platform"})
    fs::create_directories(directory_ / folder);
  const auto made = read_file(directory_ / mark);
  const bool is_new = !made || made->empty();
  MINBEN_TRY(residents, write_registers(directory_ / "registers", clock_));
  MINBEN_CHECK(secret_file(pseudonym_file(directory_ / "registers"), random_));
  MINBEN_CHECK(start_registers(supervisor));
  MINBEN_TRY(authority, citizen_authority_command(citizens(), ports_, residents));
  MINBEN_CHECK(supervisor.start(child("citizen-authority", authority)));
  MINBEN_TRY(believed, citizen_authorities(citizens(), directory_ / "platform", ports_, clock_));
  config_.citizens = believed;
  MINBEN_CHECK(start_phones(supervisor, residents));
  if (is_new) MINBEN_CHECK(fill(residents, supervisor));
  else MINBEN_CHECK(read_accounts(*made, accounts_));
  MINBEN_CHECK(
      prepare_exchange(clock_, usual_days,
                       fmt::format("http://127.0.0.1:{}/exchange/configuration", ports_.portal)));
  MINBEN_CHECK(prepare_platform());
  MINBEN_CHECK(let_registers_speak());
  return start_others(supervisor);
}

Result<void> Country::start_phones(Supervisor& supervisor, const std::vector<Resident>& residents) {
  const fs::path phones = directory_ / "outside/phones";
  fs::create_directories(phones);
  MINBEN_CHECK(secret_file(phones / "provider.secret", random_));
  MINBEN_TRY(command, phones_command(phones, ports_, residents));
  MINBEN_CHECK(supervisor.start(child("mobile-approval", command)));
  MINBEN_TRY(access, phones_access(phones, ports_, clock_));
  config_.mobile_approval = access;
  return {};
}

Result<void> Country::prepare_exchange(const Clock& clock, int valid_days, std::string url) {
  MINBEN_TRY(key, trust::SigningKey::load_or_create(directory_ / "platform" / "platform.key.pem",
                                                    trust::KeyType::ed25519));
  const auto packages = sound_packages(program_directory() / "share" / "packages");
  auto resources = mydata::Catalogue::load(program_directory() / "share" / "packages" / "mydata");
  if (!resources) return fail(resources.error().front());
  gateway::Plan plan = plan_exchange(ports_, packages, *resources, key.verify_key());
  plan.valid_days = valid_days;
  plan.configuration_url = std::move(url);
  const fs::path next = directory_ / "platform" / next_platform_key_file;
  if (fs::exists(next)) {
    MINBEN_TRY(next_key, trust::SigningKey::load(next));
    plan.other_consent_key = next_key.verify_key();
  }
  MINBEN_CHECK(trust::SigningKey::load_or_create(directory_ / "platform" / "ledger.key.pem",
                                                 trust::KeyType::ed25519));
  const auto file_of = [&](int number) { return ledger_key_path(directory_ / "platform", number); };
  MINBEN_TRY(logs, ledger::vkeys_in(file_of, ledger_origin, 1));
  plan.platform_logs = std::move(logs);
  MINBEN_TRY(prepared, gateway::prepare(directory_ / "exchange", plan, clock, random_));
  exchange_ = std::move(prepared);
  return {};
}

/// Now, and not while a new country is given its past: nobody tells anybody anything then.
Result<void> Country::let_registers_speak() {
  for (const std::string_view agency : {household_agency, hearing_agency})
    MINBEN_CHECK(
        trust::write_secret_file(register_token_file(directory_ / "registers", agency),
                                 exchange_.tokens.at(std::string(agency) + "/register") + "\n"));
  const auto hearing = std::ranges::find(agencies, hearing_agency, &Agency::code);
  const std::string code(hearing_agency);
  MINBEN_TRY(config, gateway::read_gateway_config(exchange_.gateway_configs.at(code)));
  config.messages.push["register"] =
      fmt::format("http://127.0.0.1:{}/events",
                  ports_.register_of(static_cast<std::size_t>(hearing - agencies.begin())));
  return gateway::write_gateway_config(config, exchange_.gateway_configs.at(code));
}

Result<void> Country::prepare_platform() {
  const fs::path platform = directory_ / "platform";
  MINBEN_CHECK(secret_file(platform / "payment.secret", random_));
  config_.port = ports_.portal;
  config_.origin = origin();
  config_.demonstration = true;
  config_.database_url = cluster_->url();
  config_.state = platform;
  config_.packages = program_directory() / "share" / "packages";
  config_.static_files = program_directory() / "share" / "static";
  config_.mail_relay = fmt::format("127.0.0.1:{}", ports_.smtp());
  config_.mail_from = "minben@minben.example";
  config_.payment_provider_url = fmt::format("http://localhost:{}", ports_.payments());
  config_.payment_secret_file = platform / "payment.secret";
  config_.exchange_configuration = exchange_.configuration_file;
  config_.registry_key = exchange_.registry_key;
  config_.registry_directory = directory_ / "exchange" / "registry";
  config_.use_list_port = ports_.use_list();
  config_.use_list_agency = use_list_agency;
  config_.identity_agency = platform_agency;
  config_.life_events = fmt::format("MINBEN/GOV/{}/register/{}", household_agency, deaths);
  config_.ledger_policy = exchange_.platform_policy;
  config_.openid_networks = {"127.0.0.0/8", "::1"};   // clients that somebody tries here
  config_.harvest_networks = {"127.0.0.0/8", "::1"};  // likewise catalogues
  config_.consumers.clear();
  for (std::size_t i = 0; i < agencies.size(); ++i) {
    const std::string member(agencies[i].code);
    const fs::path token = platform / (member + ".token");
    MINBEN_CHECK(trust::write_secret_file(token, exchange_.tokens.at(member + "/casework") + "\n"));
    config_.consumers.push_back(
        {member, "casework", fmt::format("http://127.0.0.1:{}", ports_.gateway_client(i)), token});
  }
  return write_config(config_, platform / "serve.toml");
}

Result<void> Country::settle_database() {
  static constexpr store::Query settle{"demo_settle", "checkpoint"};
  store::DatabaseConfig settings;
  settings.url = cluster_->url();
  settings.connections = 1;
  MINBEN_TRY(database, store::Database::open(settings, clock_));
  MINBEN_CHECK(database->run(settle));
  return {};
}

/// On a virtual clock, with the real gateways in this process on that clock. The mark is written
/// last: a country killed while it was filled is begun anew.
Result<void> Country::fill(const std::vector<Resident>& residents, const Supervisor& supervisor) {
  const Instant now = clock_.now();
  VirtualClock clock(now - days{history_days + 5});
  MINBEN_CHECK(prepare_exchange(clock, 2 * history_days, ""));
  MINBEN_CHECK(prepare_platform());
  std::vector<std::unique_ptr<gateway::Gateway>> gateways;
  for (const auto& [member, file] : exchange_.gateway_configs) {
    MINBEN_TRY(config, gateway::read_gateway_config(file));
    config.witnesses.clear();  // witnesses say when they saw: that is not in the past
    MINBEN_TRY(gateway, gateway::Gateway::start(config, clock, random_));
    gateways.push_back(std::move(gateway));
  }
  SeedPlan plan;
  plan.days = history_days;
  plan.progress = [&supervisor](int day, int of) {
    fmt::print(stderr, "\rPeopling the country: day {} of {} ", day, of);
    if (day == of) fmt::print(stderr, "\n");
    return !supervisor.stop_requested();
  };
  // Nobody was promised anything yet: commits need not wait for the disk, only the whole before its
  // mark.
  Config hasty = config_;
  hasty.database_url += "&options=-c%20synchronous_commit%3Doff";
  MINBEN_TRY(accounts, seed(hasty, residents, clock, now, plan));
  accounts_ = std::move(accounts);
  MINBEN_CHECK(settle_database());
  const std::string done = write_made(clock_.now(), accounts_);
  MINBEN_ASSERT(::pwrite(lock_, done.data(), done.size(), 0) == static_cast<ssize_t>(done.size()));
  return {};
}

Child Country::child(const std::string& name, std::vector<std::string> command) const {
  return {name, std::move(command), directory_ / "logs" / (name + ".log")};
}

Result<void> Country::start_registers(Supervisor& supervisor) {
  for (std::size_t i = 0; i < agencies.size(); ++i) {
    const std::string code(agencies[i].code);
    MINBEN_CHECK(supervisor.start(
        child("register-" + code, register_command(directory_ / "registers", i, ports_))));
  }
  return {};
}

Result<void> Country::start_others(Supervisor& supervisor) {
  for (const auto& [member, file] : exchange_.gateway_configs)
    MINBEN_CHECK(supervisor.start(
        child("gateway-" + member, {program("minben"), "gateway", "--config", file.string()})));
  MINBEN_CHECK(supervisor.start(
      child("payment-provider",
            {program("outside/payment-provider"), "--port", std::to_string(ports_.payments()),
             "--data", (directory_ / "outside" / "payments").string(), "--secret-file",
             config_.payment_secret_file.string(), "--callback",
             fmt::format("http://127.0.0.1:{}/payments/callback", ports_.portal), "--public-url",
             config_.payment_provider_url})));
  MINBEN_CHECK(supervisor.start(
      child("mailbox", {program("outside/mailbox"), "--smtp-port", std::to_string(ports_.smtp()),
                        "--port", std::to_string(ports_.mailbox()), "--data",
                        (directory_ / "outside" / "mailbox").string()})));
  if (const auto command = stations_command(directory_, ports_); !command.empty())
    MINBEN_CHECK(supervisor.start(child("stations", command)));
  return supervisor.start(child("serve", {program("minben"), "serve", "--config",
                                          (directory_ / "platform" / "serve.toml").string()}));
}

}  // namespace minben::app::demo
