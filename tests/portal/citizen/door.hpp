#pragma once
// A second front door of the house, with phones, papers and citizen certificates: the real programs
// outside, and registers that know two people.
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <sstream>

#include "citizen_authority/pki.hpp"
#include "citizen_authority/signing.hpp"
#include "house.hpp"
#include "identity/certificate_sign_in.hpp"
#include "identity/mobile_approval.hpp"
#include "mobile_approval/service.hpp"
#include "support/shared.hpp"

namespace minben::citizen {

namespace phones = outside::approval;

constexpr std::string_view wang = "Y290000027", chen = "Y290000036";

class Door : public House {
 protected:
  Door() {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_)));
    start_phones();
    start_certificates();
    open_door();
  }
  ~Door() override {
    door_.reset();
    spdlog::set_default_logger(before_);
  }
  /// Whoever knows all that is asked.
  Result<std::optional<identity::RegisterEntry>> ask(const identity::RegisterQuestion& question) {
    ++asked_;
    const bool is_wang = question.national_id == wang;
    const std::string_view household = is_wang ? "Y9000002" : "Y9000003";
    const std::string_view card = is_wang ? "999900000002" : "999900000003";
    const bool known = is_wang || question.national_id == chen;
    if (!known || question.household_number != household ||
        (!question.health_card_number.empty() && question.health_card_number != card))
      return std::nullopt;
    if (died_) return fail(Kind::forbidden, "deceased");
    return identity::RegisterEntry{question.national_id, is_wang ? "王美玲" : "陳志明",
                                   is_wang ? "Wang Mei-Ling" : "Chen Chih-Ming", question.language};
  }
  void start_phones() {
    std::ofstream(scratch_.path() / "people.jsonl")
        << R"({"number":"Y290000027","name":"王美玲"})" << "\n"
        << R"({"number":"Y290000036","name":"陳志明"})" << "\n";
    phones::ServiceConfig service;
    service.people = scratch_.path() / "people.jsonl";
    service.directory = scratch_.path() / "phones";
    service.secret = Bytes(32, 7);
    service_ = must(phones::Service::start(service, world_->clock(), random_));
    identity::MobileApprovalConfig config;
    config.url = fmt::format("http://127.0.0.1:{}", service_->port());
    config.provider = "minben";
    config.secret = service.secret;
    config.roots = {test::read_file(service.directory / "authority.pem")};
    config.app_link = "http://localhost:1/verifySign";
    approvals_ = std::make_unique<identity::MobileApproval>(
        identity::MobileApproval::Parts{world_->identity(), world_->database(), world_->clock(),
                                        random_, world_->keys(), registers_},
        config);
  }
  /// Keys of RSA take their time: the authority is made once for the program.
  void start_certificates() {
    static const test::TemporaryDirectory folder;
    pki_ = must(outside::citizens::Pki::open(folder.path(), "http://127.0.0.1:1", world_->clock()));
    identity::CitizenTrust trust{.roots = {pki_->root_pem()},
                                 .intermediates = {pki_->issuing_pem()}};
    trust.revocation.ocsp = [this](const std::string&, const Bytes& request) -> Result<Bytes> {
      return pki_->answer(request);
    };
    certificates_ = std::make_unique<identity::CertificateSignIn>(
        identity::CertificateSignInParts{.database = world_->database(),
                                         .clock = world_->clock(),
                                         .random = random_,
                                         .keys = world_->keys(),
                                         .identity = world_->identity(),
                                         .check = registers_,
                                         .origin = "http://localhost"},
        must(identity::CitizenCertificates::make(std::move(trust))));
  }
  outside::citizens::Identity card_of(std::string_view who) {
    return must(pki_->issue(
        {.name = who == wang ? "王美玲" : "陳志明", .last_four = std::string(who.substr(6))}));
  }
  void open_door() {
    page::SiteConfig config = site_->config();
    config.mobile_approval = config.health_cards = config.citizen_certificates = true;
    door_site_ = must(page::Site::open(config, world_->database(), world_->identity(),
                                       world_->keys(), world_->clock(), random_));
    Dependencies dependencies{*door_site_,         world_->database(), world_->identity(),
                              world_->casework(),  world_->mydata(),   world_->payments(),
                              world_->documents(), world_->logs(),     witnessing_.get(),
                              notices_.get()};
    dependencies.approvals = approvals_.get();
    dependencies.registers = registers_;
    dependencies.certificates = certificates_.get();
    auto served = routes(dependencies);
    for (auto& route : door_site_->routes()) served.push_back(std::move(route));
    door_ = must(net::Server::start({}, std::move(served), door_site_->hooks()));
  }
  Browser visitor() { return {"http://localhost:" + std::to_string(door_->port()), client_}; }
  void answer(bool approve, std::string_view who = wang) {
    const auto waiting = service_->waiting_for(who);
    ASSERT_EQ(waiting.size(), 1u);
    must(service_->answer(waiting.front().id, *service_->people().find(who), approve));
    world_->clock().advance(seconds{4});
  }
  Fields papers(std::string card = "999900000002", std::string_view who = wang) {
    return {{"national_id", std::string(who)},
            {"household_number", "Y9000002"},
            {"health_card_number", std::move(card)}};
  }
  bool signed_in(Browser& browser) { return browser.get("/en/account").status == 200; }

  std::ostringstream log_;
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
  int asked_ = 0;
  bool died_ = false;
  identity::RegisterCheck registers_ = [this](const identity::RegisterQuestion& question) {
    return ask(question);
  };
  std::unique_ptr<phones::Service> service_;
  std::unique_ptr<identity::MobileApproval> approvals_;
  std::unique_ptr<outside::citizens::Pki> pki_;
  std::unique_ptr<identity::CertificateSignIn> certificates_;
  std::unique_ptr<page::Site> door_site_;
  std::unique_ptr<net::Server> door_;
};

}  // namespace minben::citizen
