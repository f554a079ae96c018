#pragma once
// MyData's interface over real HTTP, with service providers that are programs in another language
// (tests/outside/service_provider), written from docs/mydata.md alone. Registers answer as the test
// says; everything else is what runs in production.
#include <fstream>

#include <gtest/gtest.h>

#include "mydata/requests.hpp"
#include "outside/process.hpp"
#include "page/page.hpp"
#include "sharing/sharing.hpp"
#include "support/database.hpp"
#include "support/port.hpp"
#include "support/shared.hpp"

namespace minben::sharing {

using identity::Assurance;
using mydata::DataRequest;
using mydata::DataRequestId;
using mydata::ItemState;
using mydata::RequestState;

const std::string lin = "A123456789";
const std::string household = "API.ris.household";
const std::string permits = "API.wda.employment";

inline mydata::Resource resource_of(const std::string& id, const std::string& provider,
                                    const std::string& service, const std::string& field) {
  mydata::Resource out;
  out.id = id;
  out.title = {"資料" + service, "Data of " + service};
  out.provider = {provider};
  out.subsystem = "register";
  out.service = service;
  out.fields = {{field, {"欄位" + field, "Field " + field}}};
  out.purposes = {"loan", "mydata.download", "mydata.counter"};
  out.heartbeat = "alive";
  return out;
}

struct ServiceProviderProgram {
  std::uint16_t port = test::free_port();
  std::unique_ptr<outside::test::Process> process{};
  [[nodiscard]] std::string url(std::string_view path) const {
    return fmt::format("http://127.0.0.1:{}{}", port, path);
  }
};

class SharingTest : public testing::Test {
 protected:
  template <class Work>
  auto run(Work&& work) {
    return db->transact(std::forward<Work>(work));
  }

  explicit SharingTest(mydata::RequestConfig config = {}) {
    config.seals = temporary.path() / "seals";
    config.origin = "http://localhost";
    config.server_ca = "/etc/ssl/certs/ca-certificates.crt";
    requests = std::make_unique<mydata::DataRequests>(
        mydata::RequestParts{db.database(), clock, random, mydata, identity, providers, catalogue,
                             [this](const mydata::Resource&) { return beat; },
                             [](const mydata::Resource& resource, const Json&, Instant)
                                 -> Result<std::string> { return "%PDF-1.5 " + resource.id; },
                             &mandates},
        config);
    requests->work_in(workers, [this](const identity::OutgoingMail& mail) -> Result<void> {
      mails.push_back(mail);
      return {};
    });
    std::ofstream(temporary.path() / "manifest.json") << "{}";
    site = page::Site::open({.origin = "http://localhost", .static_directory = temporary.path()},
                            db.database(), identity, *keys, clock, random)
               .value();
    server = net::Server::start(
                 {}, routes({*requests, [](const AgencyCode& code) { return code.value; }}),
                 site->hooks())
                 .value();
    person = proven_person(lin, "lin");
  }

  PersonId proven_person(const std::string& national_id, const std::string& name) {
    const identity::Proof proof{std::string(identity::method::citizen_certificate),
                                "MOICA",
                                name,
                                {2, 3, 0},
                                {"hwk", "pin"}};
    const auto signed_in = identity.bind(proof, {national_id, name, name, Language::en});
    MINBEN_ASSERT(signed_in.has_value());
    const PersonId id = *signed_in->session.person();
    MINBEN_ASSERT(run([&](store::Transaction& tx) -> Result<void> {
      MINBEN_TRY(found, identity.person(tx, id));
      found.profile.email = name + "@people.example";
      return identity.change_profile(tx, id, found.profile);
    }));
    return id;
  }

  /// A service provider that is known here, and its program. `extra`: more of its settings file.
  ServiceProviderProgram service_provider(const std::string& client_id, mydata::OldForms old = {},
                                          JsonObject extra = {}, bool gcm = false) {
    ServiceProviderProgram program;
    mydata::ServiceProvider settings;
    settings.client_id = client_id;
    settings.name = {"示範銀行", "Example Bank"};
    settings.return_urls = {program.url("/back")};
    settings.notify_url = program.url("/notify");
    settings.addresses = {"127.0.0.1"};
    settings.resources = {household, permits};
    settings.recipient = {"moda"};
    settings.recipient_subsystem = "casework";
    settings.purpose_code = "loan";
    settings.purpose = {"貸款審核", "Deciding on a loan"};
    settings.legal_basis = {"個人資料保護法第20條", "Personal Data Protection Act, Art. 20"};
    settings.old_forms = old;
    settings.gcm = gcm;
    const auto secrets = providers.add(settings).value().value();
    extra["client_id"] = client_id;
    extra["port"] = program.port;
    extra["return_url"] = program.url("/back");
    extra["mydata"] = fmt::format("http://127.0.0.1:{}", server->port());
    extra["key"] = base64url_encode(secrets.key);
    extra["data_token"] = secrets.data_token;
    extra["api_key"] = secrets.api_key;
    extra["client_secret"] = secrets.client_secret;
    extra["cbc_iv"] = secrets.cbc_iv;
    const auto file = temporary.path() / (client_id + ".json");
    std::ofstream(file) << write_json(extra);
    program.process = std::make_unique<outside::test::Process>(std::vector<std::string>{
        "/usr/bin/python3",
        std::string(MINBEN_SOURCE_DIR) + "/tests/outside/service_provider/service_provider.py",
        file.string()});
    MINBEN_ASSERT(!program.process->ports().empty());
    return program;
  }

  net::ClientResponse get(const std::string& url) {
    return http.send({.url = url, .headers = {}, .body = {}}).value();
  }
  Json json(const std::string& url) { return parse_json(get(url).body).value(); }

  /// Where the browser ends up: "/…/data-requests/<id>", or back with a code.
  std::string sent_to(const ServiceProviderProgram& program, const std::string& tx,
                      const std::string& resources, const std::string& pid = lin) {
    const auto start =
        get(program.url(fmt::format("/start?tx={}&pid={}&resources={}", tx, pid, resources)));
    EXPECT_EQ(start.status, 302);
    const auto arrived = get(std::string(start.headers.get("Location")));
    EXPECT_EQ(arrived.status, 303) << arrived.body;
    return std::string(arrived.headers.get("Location"));
  }
  DataRequestId arrive(const ServiceProviderProgram& program, const std::string& tx,
                       const std::string& resources = household + ":" + permits) {
    const std::string place = sent_to(program, tx, resources);
    const auto id = DataRequestId::parse(place.substr(place.rfind('/') + 1));
    MINBEN_ASSERT(id.has_value());
    return *id;
  }
  DataRequest state(DataRequestId id) { return requests->find(person, id).value(); }
  ItemState item(DataRequestId id, std::size_t number) { return state(id).items.at(number).state; }
  Result<void> decide(DataRequestId id, const std::set<std::string>& granted,
                      Assurance assurance = Assurance::substantial) {
    MINBEN_CHECK(requests->open(person, id));
    return requests->decide(person, id, granted, assurance);
  }
  /// Jobs, as often as they are due, for this long.
  void work_for(seconds time) {
    const Instant until = clock.now() + time;
    while (clock.now() < until) {
      EXPECT_TRUE(workers.run_due());
      clock.advance(seconds(1));
    }
  }
  Json fetch(const ServiceProviderProgram& program, const std::string& tx) {
    return json(program.url("/fetch?tx=" + tx));
  }
  static std::int64_t status(const Json& answer) { return find(answer, "status")->as_int64(); }

  VirtualClock clock{parse_instant("2026-11-30T04:00:00Z").value()};
  SystemRandom random;
  test::TemporaryDirectory temporary;
  test::TestDatabase db{clock,
                        {ledger::migrations(), keys::migrations(), identity::migrations(),
                         page::migrations(), mydata::migrations()}};
  std::unique_ptr<keys::Keys> keys =
      *keys::Keys::open(db.database(), clock, random, std::make_shared<trust::KeyRing>());
  identity::Identity identity{db.database(), clock, random, *keys, {}};
  std::unique_ptr<ledger::Log> log =
      ledger::Log::open(temporary.path() / "log", "minben.example/log",
                        trust::SigningKey::generate(trust::KeyType::ed25519))
          .value();
  ledger::Commitments commitments{clock, random};
  ledger::Logs logs{*log};
  /// Whose legal guardian anybody is; tests fill it.
  std::vector<identity::Represented> wards;
  identity::Mandates mandates{
      {db.database(),
       clock,
       random,
       identity,
       commitments,
       {[this](PersonId, const identity::Profile&) -> Result<std::vector<identity::Represented>> {
          return wards;
        },
        {}}}};
  trust::SigningKey platform = trust::SigningKey::generate(trust::KeyType::ed25519);
  /// What registers answer; tests replace it.
  mydata::Gateway answer = [](const mydata::GatewayCall& call) -> Result<Json> {
    if (call.service == "person") return parse_json(R"({"address":"臺北市","secret":"no"})");
    return parse_json(R"x({"employer":"=HYPERLINK(1)"})x");
  };
  mydata::MyData mydata{
      mydata::Parts{db.database(), clock, random, commitments, logs, platform,
                    [this](const mydata::GatewayCall& call) { return answer(call); },
                    [](const AgencyCode&) -> Result<std::vector<trust::VerifyKey>> {
                      return fail(Kind::not_found, "unknown_member");
                    }}};
  /// What registers' heartbeats say; until a test says otherwise they may not be asked.
  Result<void> beat = fail(Kind::forbidden, "access_denied");
  mydata::ServiceProviders providers{db.database(), clock, random, *keys};
  mydata::Catalogue catalogue =
      mydata::Catalogue::of({resource_of(household, "ris", "person", "address"),
                             resource_of(permits, "wda", "employment", "employer")});
  std::vector<identity::OutgoingMail> mails;
  store::Workers workers{db.database(), clock};
  std::unique_ptr<mydata::DataRequests> requests;
  std::unique_ptr<page::Site> site;
  std::unique_ptr<net::Server> server;
  net::Client http{net::ClientConfig{}};
  PersonId person;
};

}  // namespace minben::sharing
