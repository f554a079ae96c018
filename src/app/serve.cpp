// minben serve: the platform behind one HTTP server, with its jobs.
#include <array>
#include <cstdio>
#include <mutex>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "api/api.hpp"
#include "authorize/authorize.hpp"
#include "citizen/citizen.hpp"
#include "commands.hpp"
#include "descriptors.hpp"
#include "desk/desk.hpp"
#include "developers/developers.hpp"
#include "interop/interop.hpp"
#include "ledger/notices.hpp"
#include "logging.hpp"
#include "open/open.hpp"
#include "open_data.hpp"
#include "openapi/openapi.hpp"
#include "page/page.hpp"
#include "platform.hpp"
#include "sharing/sharing.hpp"
#include "signals.hpp"
#include "steward/steward.hpp"
#include "tracker/tracker.hpp"
#include "voices/subscriptions.hpp"

namespace minben::app {

namespace {

using net::operator""_MiB;

net::Route usage_route(Platform& platform) {
  return {net::Method::post, "/exchange/usage", page::access::machine, 2_MiB,
          [&platform](net::Request& request) {
            const auto ids = platform.database().transact([&](store::Transaction& transaction) {
              return platform.mydata().ingest(transaction, request.body);
            });
            if (!ids) return net::Response::problem(ids.error());
            return net::Response::json(JsonObject{{"taken", ids->size()}});
          }};
}

/// What receipts are checked against, without the addresses, which are of no use outside.
net::Route policy_route(const ledger::Witnessing& witnessing) {
  return {net::Method::get, "/ledger/policy", page::access::anyone, 0, [&](net::Request&) {
            auto response = net::Response::text(
                ledger::write_policy(witnessing.policy(), ledger::Urls::without));
            response.headers.set("Content-Disposition", "attachment; filename=\"ledger.policy\"");
            return response;
          }};
}

net::Route health_route(Platform& platform) {
  static constexpr store::Query alive{"health", "select 1 as one"};
  return {net::Method::get, "/health", page::access::anyone, 0, [&platform](net::Request&) {
            const auto answered = platform.database().run(alive);
            if (!answered) return net::Response::problem(answered.error());
            return net::Response::json(JsonObject{{"status", "ok"}});
          }};
}

/// For the providers that people sign in with: by which they know the platform (RFC 7523).
net::Route sign_in_keys_route(const openid::RelyingParty& party) {
  return {net::Method::get, "/sign-in/keys", page::access::anyone, 0,
          [&](net::Request&) { return net::Response::json(party.keys()); }};
}

void add(std::vector<net::Route>& routes, std::vector<net::Route> more) {
  std::ranges::move(more, std::back_inserter(routes));
}

/// What is printed elsewhere is what the witnesses have seen: nothing without a policy.
std::unique_ptr<ledger::Notices> open_notices(Platform& platform, const Clock& clock) {
  if (!platform.witnessing()) return nullptr;
  return std::make_unique<ledger::Notices>(platform.logs(), platform.witnessing()->policy(),
                                           platform.database(), clock);
}

citizen::Dependencies citizen_side(page::Site& site, Platform& platform,
                                   const ledger::Notices* notices, const Config& config) {
  citizen::Dependencies made{site,
                             platform.database(),
                             platform.identity(),
                             platform.casework(),
                             platform.mydata(),
                             platform.payments(),
                             platform.documents(),
                             platform.logs(),
                             platform.witnessing(),
                             notices,
                             platform.relying_party(),
                             &platform.data_requests(),
                             &platform.resources()};
  if (CitizenCertificates* certificates = platform.citizen_certificates()) {
    made.certificates = &certificates->sign_in();
    made.certificate_address = config.citizens.card_origin;
  }
  made.approvals = platform.mobile_approval();
  made.mandates = &platform.mandates();
  made.questions = &platform.questions();
  if (!config.identity_agency.empty()) made.registers = platform.register_check();
  return made;
}

/// Chinese names for what machines are told; an agency that nobody knows keeps its code.
auto names_by(const page::Site& site) {
  return [&site](const AgencyCode& code) {
    const auto names = site.agencies();
    const auto known = names->find(code);
    return known == names->end() ? code.value : known->second.zh_hant;
  };
}

/// Systems of agencies that may publish their datasets.
interop::KeyOf publishing_keys(api::Clients& clients) {
  return [&clients](std::string_view key) -> Result<interop::Key> {
    MINBEN_TRY(client, clients.by_token(key));
    if (!client.scopes.contains(api::Scope::publish))
      return fail(Kind::forbidden, "bad_token", "the key has not the scope publish");
    return interop::Key{to_string(client.id), client.agency};
  };
}

/// What programs take and ask for, for the use figures.
interop::Used counted_by(voices::UseCounter& uses) {
  return [&uses](catalogue::DatasetId dataset, interop::Use use, std::string_view user_agent) {
    uses.count(dataset, use == interop::Use::download ? voices::Use::download : voices::Use::api,
               user_agent);
  };
}

/// How many people follow something, for the calls of open data.
interop::Followers followers_in(voices::Voices& voices) {
  return [&voices](interop::Followed followed, std::string_view target) {
    return voices.subscriptions().count(followed == interop::Followed::dataset
                                            ? voices::Subject::dataset
                                            : voices::Subject::publisher,
                                        target);
  };
}

interop::Dependencies open_interfaces(const page::Site& site, Platform& platform,
                                      OpenData& open_data, const Clock& clock) {
  return {platform.database(),
          open_data.catalogue(),
          open_data.index(),
          open_data.tables(),
          clock,
          publishing_keys(platform.clients()),
          {.origin = site.config().origin},
          counted_by(open_data.uses()),
          followers_in(open_data.voices()),
          &open_data.quality(),
          &open_data.live()};
}

/// Of all rooms whose addresses programs of strangers call; here each adds its own.
std::function<Json()> interfaces_document(const interop::Dependencies& interfaces) {
  return [interfaces] {
    std::vector<std::string_view> files;
    for (const auto room : {developers::operations(), interop::operations(), open::operations()})
      files.insert(files.end(), room.begin(), room.end());
    return openapi::document(
        files,
        {.origin = interfaces.config.origin,
         .title = {"民本開放資料介面", "Minben open data"},
         .text = {"搜尋資料集、查詢與下載資料列，不必註冊；發布須有金鑰。",
                  "Search datasets, ask for rows and take them without registering; publish with "
                  "a key."}},
        interop::samples(interfaces));
  };
}

std::vector<net::Route> all_routes(page::Site& site, Platform& platform, OpenData& open_data,
                                   const ledger::Notices* notices, const Config& config,
                                   const Clock& clock, Random& random) {
  std::vector<net::Route> routes = site.routes();
  add(routes, citizen::routes(citizen_side(site, platform, notices, config)));
  if (platform.relying_party()) routes.push_back(sign_in_keys_route(*platform.relying_party()));
  add(routes, desk::routes({site, platform.database(), platform.identity(), platform.casework(),
                            platform.documents(), platform.registry(), &platform.data_requests(),
                            &platform.questions()}));
  add(routes, ledger::log_routes(platform.logs(), "/ledger", page::access::anyone));
  add(routes, api::routes({platform.database(), clock, random, platform.casework().processes(),
                           platform.casework().batches(), platform.clients(), platform.webhooks()},
                          page::access::machine));
  add(routes,
      authorize::routes({site, platform.database(), platform.identity(), platform.openid()}));
  add(routes, platform.openid().routes(page::access::machine, site.config().origin));
  const interop::Dependencies interfaces = open_interfaces(site, platform, open_data, clock);
  add(routes, interop::routes(interfaces, page::access::machine));
  add(routes, developers::open_data_routes(site, interfaces_document(interfaces)));
  add(routes, open::routes({site, platform.database(), open_data.catalogue(), open_data.index(),
                            open_data.tables(), open_data.atlas(), open_data.voices(),
                            open_data.uses(), open_data.quality(), &open_data.live()}));
  add(routes,
      steward::routes({site, platform.database(), open_data.catalogue(), open_data.index(),
                       open_data.voices(), open_data.tables(), clock, random, open_data.quality(),
                       open_data.harvester(), open_data.uploads(), &open_data.live()}));
  add(routes, developers::routes(site, api::openapi(api::base)));
  add(routes, sharing::routes({platform.data_requests(), names_by(site)}));
  routes.push_back(platform.payments().callback_route(page::access::machine));
  if (platform.witnessing()) routes.push_back(policy_route(*platform.witnessing()));
  if (notices) add(routes, ledger::notice_routes(*notices, "/ledger", page::access::anyone));
  if (platform.registry()) add(routes, platform.registry()->routes(page::access::machine));
  routes.push_back(usage_route(platform));
  routes.push_back(health_route(platform));
  return routes;
}

/// Scheme, host and port of an address.
std::string origin_of(const std::string& url) {
  return url.substr(0, url.find('/', url.find("://") + 3));
}

page::AgencyNames names_in(const exchange::Configuration& configuration) {
  page::AgencyNames names;
  for (const exchange::Member& member : configuration.members) names[member.code] = member.name;
  return names;
}

/// Of the members that are in the exchange now, worked out once for each version.
class JoinedNames {
 public:
  explicit JoinedNames(const registry::Registry& registry) : registry_(registry) {}
  std::shared_ptr<const page::AgencyNames> now() {
    const auto published = registry_.published();
    const std::lock_guard lock(mutex_);
    if (published && *published != of_) {
      of_ = *published;
      names_ = std::make_shared<const page::AgencyNames>(names_in(*of_->configuration));
    }
    return names_;
  }

 private:
  const registry::Registry& registry_;
  std::mutex mutex_;
  std::shared_ptr<const registry::Published> of_;
  std::shared_ptr<const page::AgencyNames> names_ = std::make_shared<const page::AgencyNames>();
};

Result<std::unique_ptr<page::Site>> open_site(const Config& config, Platform& platform,
                                              const Clock& clock, Random& random) {
  page::SiteConfig site;
  site.origin = config.origin;
  site.static_directory = config.static_files;
  site.demonstration = config.demonstration;
  site.redirect_origins = {origin_of(config.payment_provider_url)};
  for (const OutsideSignIn& each : config.sign_in_providers)
    site.outside_providers.emplace_back(each.settings.id, each.settings.name);
  site.citizen_certificates = platform.citizen_certificates() != nullptr;
  site.mobile_approval = platform.mobile_approval() != nullptr;
  site.health_cards = !config.identity_agency.empty();
  site.agencies = names_in(platform.exchange());
  if (platform.registry())
    site.present_agencies = [names = std::make_shared<JoinedNames>(*platform.registry())] {
      return names->now();
    };
  return page::Site::open(site, platform.database(), platform.identity(), platform.keys(), clock,
                          random);
}

net::ServerConfig server_config(const Config& config) {
  net::ServerConfig server;
  server.address = config.address;
  server.port = config.port;
  server.requests_per_second_per_address = config.requests_per_second_per_address;
  if (!config.tls_certificate.empty())
    server.tls = net::TlsConfig{config.tls_certificate, config.tls_key, {}};
  server.upload_directory = config.state / "uploads";
  server.max_connections = connections_allowed();  // those who follow live data each keep one
  return server;
}

/// The list of uses for other portals, for a gateway alone; nothing when it is not offered.
Result<std::unique_ptr<net::Server>> serve_use_list(const Config& config, Platform& platform,
                                                    const page::Site& site, const Clock& clock,
                                                    Random& random) {
  if (config.use_list_port == 0) return nullptr;
  net::ServerConfig server;
  server.address = config.use_list_address;
  server.port = config.use_list_port;
  return net::Server::start(
      server,
      tracker::routes({platform.database(), platform.identity(), platform.commitments(), clock,
                       random, names_by(site), AgencyCode{config.use_list_agency}}),
      {});
}

/// Where browsers show citizen certificates; nothing when the platform takes none there.
Result<std::unique_ptr<net::Server>> serve_cards(Platform& platform) {
  if (!platform.citizen_certificates()) return nullptr;
  platform.citizen_certificates()->start();
  return platform.citizen_certificates()->serve();
}

/// The endpoints for clients that prove themselves by a certificate; nothing when none are offered.
Result<std::unique_ptr<net::Server>> serve_mtls(const Config& config, Platform& platform) {
  if (config.openid_mtls_port == 0) return nullptr;
  net::ServerConfig server;
  server.address = config.openid_mtls_address;
  server.port = config.openid_mtls_port;
  server.requests_per_second_per_address = config.requests_per_second_per_address;
  server.tls = net::TlsConfig{config.openid_mtls_certificate, config.openid_mtls_key,
                              net::any_client_certificate()};
  return net::Server::start(
      server, platform.openid().routes(page::access::machine, config.openid_mtls_origin), {});
}

/// Tells operators which process of which machine is meant.
std::string node_name(const Config& config) {
  std::array<char, 256> host{};
  (void)::gethostname(host.data(), host.size() - 1);
  return fmt::format("{}:{} (port {}, process {})", host.data(),
                     (config.state / master_key_file).string(), config.port, ::getpid());
}

Result<void> run(const Config& config, const StopSignals& signals) {
  static SystemClock clock;
  static SystemRandom random;
  MINBEN_TRY(platform, Platform::open(config, clock, random));
  MINBEN_TRY(site, open_site(config, *platform, clock, random));
  MINBEN_TRY(open_data, OpenData::open(config, *platform, clock, random));
  const auto notices = open_notices(*platform, clock);
  std::vector<net::Route> routes =
      all_routes(*site, *platform, *open_data, notices.get(), config, clock, random);
  for (const Error& undefined : site->undefined(routes)) return fail(undefined);

  store::Workers workers(platform->database(), clock);
  platform->work_in(workers);
  open_data->work_in(workers);
  if (notices) notices->write_daily(workers);
  std::filesystem::create_directories(config.state / "uploads");
  MINBEN_TRY(server, net::Server::start(server_config(config), std::move(routes), site->hooks()));
  MINBEN_TRY(cards, serve_cards(*platform));
  MINBEN_TRY(use_list, serve_use_list(config, *platform, *site, clock, random));
  MINBEN_TRY(mtls, serve_mtls(config, *platform));
  platform->keys().start(node_name(config));
  workers.start();
  MINBEN_CHECK(open_data->start());
  platform->sequencer().start();
  if (platform->witnessing()) platform->witnessing()->start();
  spdlog::info("serving {} on port {}", config.origin, server->port());

  platform->packages().watch(seconds{2});

  signals.wait();
  if (use_list) use_list->stop();
  if (cards) cards->stop();
  if (mtls) mtls->stop();
  server->stop();
  workers.stop();
  if (platform->witnessing()) platform->witnessing()->stop();
  platform->sequencer().stop();
  return {};
}

}  // namespace

int command::serve(const ServeOptions& options) {
  set_up_logging("serve");
  const auto config = config_or_faults(options.config);
  if (!config) return 2;
  const StopSignals signals;
  if (const auto done = run(*config, signals); !done) {
    spdlog::error("cannot serve: {}", describe(done.error()));
    return 2;
  }
  return 0;
}

int command::migrate(const std::filesystem::path& file) {
  set_up_logging("migrate");
  const auto config = config_or_faults(file);
  if (!config) return 2;
  SystemClock clock;
  store::DatabaseConfig database;
  database.url = config->database_url;
  const auto migrated = [&]() -> Result<void> {
    MINBEN_TRY(opened, store::Database::open(database, clock));
    return migrate_all(*opened);
  }();
  if (!migrated) {
    fmt::print(stderr, "{}\n", describe(migrated.error()));
    return 2;
  }
  return 0;
}

}  // namespace minben::app
