// Every fault that the doctor knows, made to happen: real files, certificates, sockets, gateways.
#include "doctor/doctor.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "files.hpp"
#include "ledger/ledger.hpp"
#include "support/port.hpp"
#include "support/shared.hpp"

namespace minben::app::doctor {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using trust::KeyType;
using trust::SigningKey;

constexpr net::Access anyone{"anyone"};

std::string codes(const Findings& findings) {
  std::string all;
  for (const Finding& one : findings) all += (all.empty() ? "" : " ") + one.code;
  return all;
}

struct Folder : testing::Test {
  minben::test::TemporaryDirectory temporary;
  SystemClock clock;
  SystemRandom random;
  [[nodiscard]] fs::path at(const std::string& name) const { return temporary.path() / name; }
  void open_to_others(const fs::path& path) {
    fs::permissions(path, fs::perms::group_read | fs::perms::others_read, fs::perm_options::add);
  }
};

// ---- files

using DoctorFiles = Folder;

TEST_F(DoctorFiles, Keys) {
  const fs::path file = at("a.pem");
  EXPECT_EQ(check_key(file, KeyType::p256).code, "missing_file");
  ASSERT_TRUE(SigningKey::generate(KeyType::p256).save(file));
  EXPECT_EQ(check_key(file, KeyType::p256).code, "ok");
  EXPECT_EQ(check_key(file, KeyType::ed25519).code, "wrong_key_type");
  open_to_others(file);
  EXPECT_EQ(check_key(file, KeyType::p256).code, "file_too_open");
  ASSERT_TRUE(trust::write_secret_file(file, "no key"));
  EXPECT_EQ(check_key(file, KeyType::p256).code, "unreadable_key");
}

TEST_F(DoctorFiles, Folders) {
  const fs::path folder = at("state");
  EXPECT_EQ(codes(check_folder(folder)), "missing_folder");
  fs::create_directory(folder);
  fs::permissions(folder, fs::perms::owner_all);
  const SpaceLimits small{1, 1};
  EXPECT_EQ(codes(check_folder(folder, small)), "ok");
  open_to_others(folder);
  EXPECT_EQ(codes(check_folder(folder, small)), "folder_too_open");
  fs::permissions(folder, fs::perms::owner_all);
  constexpr auto all_there_is = std::numeric_limits<std::uintmax_t>::max();
  EXPECT_EQ(codes(check_folder(folder, {all_there_is, 1})), "disk_nearly_full");
  EXPECT_EQ(codes(check_folder(folder, {all_there_is, all_there_is})), "disk_full");
}

TEST_F(DoctorFiles, FoldersOfOthers) {
  if (::geteuid() != 0) {
    EXPECT_THAT(codes(check_folder("/usr", {1, 1})), HasSubstr("folder_not_writable"));
    return;
  }
  // Root may write anywhere, so a child that is nobody looks at root's folder.
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t nobody = 65534;
    const bool found = ::setuid(nobody) == 0 &&
                       codes(check_folder("/usr", {1, 1})).contains("folder_not_writable");
    ::_exit(found ? 0 : 1);
  }
  int status = 1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(DoctorFiles, Tokens) {
  fs::create_directory(at("tokens"));
  gateway::GatewayConfig config;
  EXPECT_EQ(codes(check_tokens(at("tokens"), config)), "");
  const fs::path file = at("tokens") / "casework.token";
  ASSERT_TRUE(trust::write_secret_file(file, "secret\n"));
  EXPECT_EQ(codes(check_tokens(at("tokens"), config)), "token_unknown");
  config.clients["casework"] = hex_encode(sha256("secret"));
  EXPECT_EQ(codes(check_tokens(at("tokens"), config)), "ok");
  open_to_others(file);
  EXPECT_EQ(codes(check_tokens(at("tokens"), config)), "file_too_open");
}

// ---- certificates and clock

struct DoctorCertificates : Folder {
  trust::Authority authority = trust::Authority::create("Root", 3650, clock).value();
  SigningKey key = SigningKey::generate(KeyType::p256);
  exchange::Configuration configuration;
  OwnCertificate own{at("tls.pem"), at("tls.key.pem"), AgencyCode{"hpa"}, trust::Usage::tls_server};

  void SetUp() override {
    ASSERT_TRUE(key.save(own.key.file()));
    configuration.trust_anchors = {authority.certificate().pem};
  }
  std::string issue(const trust::Authority& by, trust::CertificateRequest request) {
    request.common_name = "hpa gw1";
    if (request.member.empty()) request.member = "hpa";
    const auto made = by.issue(key.verify_key(), request, clock).value();
    EXPECT_TRUE(write_file(own.file, made.pem));
    return trust::read_certificate(made.der)->serial;
  }
  std::string code(Instant now) { return check_certificate(own, &configuration, now).code; }
};

TEST_F(DoctorCertificates, TheirTimes) {
  EXPECT_EQ(code(clock.now()), "certificate_missing");
  issue(authority, {.valid_days = 100});
  EXPECT_EQ(code(clock.now()), "ok");
  EXPECT_EQ(code(clock.now() - days(1)), "certificate_not_yet_valid");
  EXPECT_EQ(code(clock.now() + days(80)), "certificate_ends_soon");
  EXPECT_EQ(code(clock.now() + days(101)), "certificate_expired");
  EXPECT_THAT(check_certificate(own, nullptr, clock.now() + days(80)).what, HasSubstr("19 days"));
}

TEST_F(DoctorCertificates, WhoseTheyAre) {
  ASSERT_TRUE(write_file(own.file, "nothing"));
  EXPECT_EQ(code(clock.now()), "not_a_certificate");
  issue(authority, {.member = "cdc"});
  EXPECT_EQ(code(clock.now()), "certificate_other_member");
  issue(trust::Authority::create("Root", 3650, clock).value(), {});
  EXPECT_EQ(code(clock.now()), "untrusted_certificate");
  issue(authority, {.for_server = false, .for_client = false, .for_seals = true});
  EXPECT_EQ(code(clock.now()), "certificate_other_usage");
  issue(authority, {});
  ASSERT_TRUE(SigningKey::generate(KeyType::p256).save(own.key.file()));
  EXPECT_EQ(code(clock.now()), "certificate_other_key");
}

TEST_F(DoctorCertificates, Revoked) {
  const std::string serial = issue(authority, {});
  const trust::Revoked revoked{serial, clock.now(), trust::RevocationReason::key_compromise};
  const auto list = [&](std::span<const trust::Revoked> which) {
    return trust::make_revocation_list(authority, which, 1, clock.now(), clock.now() + days(7))
        .value();
  };
  configuration.revocation_lists = {list({})};
  EXPECT_EQ(code(clock.now()), "ok");
  EXPECT_EQ(code(clock.now() + days(8)), "revocation_list_expired");
  configuration.revocation_lists = {list(std::span(&revoked, 1))};
  const Finding found = check_certificate(own, &configuration, clock.now());
  EXPECT_EQ(found.code, "certificate_revoked");
  EXPECT_THAT(found.what, HasSubstr("key_compromise"));
}

TEST(DoctorClock, Differences) {
  const Instant own = parse_instant("2026-11-29T04:00:00Z").value();
  EXPECT_EQ(check_clock("x", own + seconds(1), own).code, "ok");
  EXPECT_EQ(check_clock("x", own + seconds(4), own).severity, Severity::warning);
  const Finding far = check_clock("x", own + minutes(10), own);
  EXPECT_EQ(far.severity, Severity::fault);
  EXPECT_THAT(far.what, HasSubstr("600 s behind"));
  EXPECT_THAT(check_clock("x", own - minutes(10), own).what, HasSubstr("600 s ahead"));
}

// ---- network

std::unique_ptr<net::Server> server(int status) {
  return net::Server::start({},
                            {{net::Method::get, "/{rest...}", anyone, 0,
                              [status](net::Request&) { return net::Response::text("", status); }}},
                            {})
      .value();
}

TEST(DoctorNetwork, NamesAndPorts) {
  EXPECT_EQ(check_reachable("x", "no-such-host.invalid", 80).code, "name_unknown");
  EXPECT_EQ(check_reachable("x", "127.0.0.1", minben::test::free_port()).code, "port_closed");
  const auto open = server(200);
  EXPECT_EQ(check_reachable("x", "localhost", open->port()).code, "ok");
}

/// A port whose queue of connections is full: what comes next gets no answer, as behind a firewall
/// that drops packets.
TEST(DoctorNetwork, Silence) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 0), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  std::vector<int> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    (void)::connect(waiting.back(), reinterpret_cast<sockaddr*>(&address), size);
  }
  EXPECT_EQ(check_reachable("x", "127.0.0.1", ntohs(address.sin_port), milliseconds(300)).code,
            "no_answer");
  for (const int each : waiting) ::close(each);
  ::close(listener);
}

TEST(DoctorNetwork, PortsToListenOn) {
  const auto busy = server(200);
  EXPECT_EQ(check_port_free("127.0.0.1", busy->port()).code, "port_in_use");
  EXPECT_EQ(check_port_free("0.0.0.0", busy->port()).code, "port_in_use");
  EXPECT_EQ(check_port_free("127.0.0.1", minben::test::free_port()).code, "ok");
  EXPECT_EQ(check_port_free("192.0.2.1", 7100).code, "address_not_here");  // RFC 5737
  EXPECT_EQ(check_port_free("gateway.example", 7100).code, "address_not_here");
}

TEST(DoctorNetwork, Registers) {
  const auto good = server(404), bad = server(500);
  const auto url = [](const net::Server& of) {
    return fmt::format("http://127.0.0.1:{}/x", of.port());
  };
  EXPECT_EQ(check_register("s", url(*good)).code, "ok");
  EXPECT_EQ(check_register("s", url(*bad)).code, "register_failing");
  EXPECT_EQ(
      check_register("s", fmt::format("http://127.0.0.1:{}/x", minben::test::free_port())).code,
      "register_unreachable");
  EXPECT_EQ(check_register("s", "ftp://x").code, "register_unreachable");
}

// ---- a country of two gateways

struct DoctorGateways : Folder {
  gateway::Plan plan{"MINBEN", {}, {}, {}, SigningKey::generate(KeyType::ed25519).verify_key(),
                     "",       30};
  gateway::Prepared prepared = prepare();

  gateway::Prepared prepare() {
    for (const char* code : {"hpa", "moe"}) {
      gateway::PlannedMember member;
      member.code = AgencyCode{code};
      member.name = {code, code};
      member.client_port = minben::test::free_port();
      member.peer_port = minben::test::free_port();
      member.subsystems = {"casework"};
      plan.members.push_back(member);
    }
    return gateway::prepare(temporary.path(), plan, clock, random).value();
  }
  [[nodiscard]] fs::path home(const std::string& member) const { return at("members") / member; }
  gateway::GatewayConfig config(const std::string& member) {
    auto read = gateway::read_gateway_config(prepared.gateway_configs.at(member)).value();
    fs::create_directories(read.state_directory);
    fs::permissions(read.state_directory, fs::perms::owner_all);
    return read;
  }
  std::unique_ptr<gateway::Gateway> start(const std::string& member) {
    return gateway::Gateway::start(config(member), clock, random).value();
  }
  Finding peer_of_hpa() {
    const auto& moe = prepared.configuration.members[1];
    return check_peer(moe, moe.gateways[0], config("hpa"), prepared.configuration, clock);
  }
  std::string configuration_codes() {
    return codes(check_configuration(config("hpa"), clock).findings);
  }
  void publish(const exchange::Configuration& configuration, const SigningKey& by) {
    ASSERT_TRUE(write_file(prepared.configuration_file,
                           exchange::sign_configuration(configuration, by).value()));
  }
  SigningKey registry() { return SigningKey::load(at("registry/registry.key.pem")).value(); }
};

TEST_F(DoctorGateways, Peers) {
  EXPECT_EQ(peer_of_hpa().code, "port_closed");
  const auto moe = start("moe");
  EXPECT_EQ(peer_of_hpa().code, "ok");

  // Our certificate is of another exchange: they refuse us.
  const auto stranger = trust::Authority::create("Other", 3650, clock).value();
  const auto key = config("hpa").tls_key.open().value();
  const auto good = read_file(config("hpa").tls_certificate).value();
  trust::CertificateRequest names;
  names.common_name = "hpa";
  names.member = "hpa";
  ASSERT_TRUE(write_file(config("hpa").tls_certificate,
                         stranger.issue(key.verify_key(), names, clock)->pem));
  EXPECT_EQ(peer_of_hpa().code, "tls_refused");
  ASSERT_TRUE(write_file(config("hpa").tls_certificate, good));

  // The exchange vouches for others only: we refuse them.
  auto elsewhere = prepared.configuration;
  elsewhere.trust_anchors = {stranger.certificate().pem};
  const auto& member = elsewhere.members[1];
  EXPECT_EQ(check_peer(member, member.gateways[0], config("hpa"), elsewhere, clock).code,
            "peer_certificate_refused");

  // Another member's gateway answers at its address.
  auto misled = prepared.configuration.members[0];
  misled.code = AgencyCode{"cdc"};
  misled.gateways[0].url = prepared.configuration.members[1].gateways[0].url;
  EXPECT_EQ(
      check_peer(misled, misled.gateways[0], config("hpa"), prepared.configuration, clock).code,
      "peer_other_member");

  // Something that does not speak TLS.
  const auto plain = server(200);
  misled.gateways[0].url = fmt::format("https://localhost:{}", plain->port());
  EXPECT_EQ(
      check_peer(misled, misled.gateways[0], config("hpa"), prepared.configuration, clock).code,
      "tls_refused");
  misled.gateways[0].url = "https://no-such-host.invalid:7100";
  EXPECT_EQ(
      check_peer(misled, misled.gateways[0], config("hpa"), prepared.configuration, clock).code,
      "name_unknown");
}

TEST_F(DoctorGateways, PeersThatWereRevoked) {
  const auto moe = start("moe");
  const auto pem = read_file(config("moe").tls_certificate).value();
  const auto serial = trust::read_certificate(trust::certificate_from_pem(pem)->der).value().serial;
  const auto authority = trust::Authority::load(at("registry/authority")).value();
  const trust::Revoked revoked{serial, clock.now(), trust::RevocationReason::key_compromise};
  auto configuration = prepared.configuration;
  configuration.revocation_lists = {trust::make_revocation_list(authority, std::span(&revoked, 1),
                                                                1, clock.now(),
                                                                clock.now() + days(7))
                                        .value()};
  const auto& member = configuration.members[1];
  const Finding found = check_peer(member, member.gateways[0], config("hpa"), configuration, clock);
  EXPECT_EQ(found.code, "peer_certificate_refused");
  EXPECT_THAT(found.what, HasSubstr("certificate_revoked"));
}

TEST_F(DoctorGateways, PeersClocks) {
  const auto moe = start("moe");
  const auto& member = prepared.configuration.members[1];
  VirtualClock ours(clock.now() + minutes(10));
  const Finding found =
      check_peer(member, member.gateways[0], config("hpa"), prepared.configuration, ours);
  EXPECT_EQ(found.code, "clock_off");
  EXPECT_THAT(found.what, HasSubstr("ahead"));
}

TEST_F(DoctorGateways, PeersTogether) {
  auto configuration = prepared.configuration;
  auto third = configuration.members[1];
  third.code = AgencyCode{"cdc"};
  third.gateways[0].url = fmt::format("https://localhost:{}", minben::test::free_port());
  configuration.members.push_back(third);
  Findings found = check_peers(config("hpa"), configuration, clock);
  EXPECT_EQ(codes(found), "port_closed port_closed");
  EXPECT_EQ(worst(found), Severity::fault);  // nobody can be reached: that is about us
  const auto moe = start("moe");
  found = check_peers(config("hpa"), configuration, clock);
  EXPECT_EQ(codes(found), "ok port_closed");
  EXPECT_EQ(worst(found), Severity::warning);
  fs::remove(config("hpa").tls_certificate);  // not joined yet: no talk of TLS
  EXPECT_EQ(codes(check_peers(config("hpa"), configuration, clock)), "ok port_closed");
}

TEST_F(DoctorGateways, OurOwnAddress) {
  EXPECT_EQ(codes(check_own_address(config("hpa"), prepared.configuration)), "port_closed");
  EXPECT_EQ(worst(check_own_address(config("hpa"), prepared.configuration)), Severity::warning);
  const auto hpa = start("hpa");
  EXPECT_EQ(codes(check_own_address(config("hpa"), prepared.configuration)), "ok");
}

TEST_F(DoctorGateways, WhetherOneRuns) {
  EXPECT_FALSE(look_for_gateway(config("hpa")).running);
  const auto hpa = start("hpa");
  EXPECT_TRUE(look_for_gateway(config("hpa")).running);
  auto other = config("hpa");
  other.member = AgencyCode{"cdc"};
  EXPECT_FALSE(look_for_gateway(other).running);
}

TEST_F(DoctorGateways, TheConfiguration) {
  EXPECT_EQ(configuration_codes(), "ok");
  auto next = prepared.configuration;
  ++next.version;
  next.expires_at = clock.now() + hours(5);
  publish(next, registry());
  EXPECT_EQ(configuration_codes(), "configuration_ends_soon");
  next.expires_at = clock.now() - hours(5);
  publish(next, registry());
  EXPECT_EQ(configuration_codes(), "configuration_expired");
  publish(prepared.configuration, SigningKey::generate(KeyType::ed25519));
  EXPECT_EQ(configuration_codes(), "configuration_forged");
  ASSERT_TRUE(write_file(prepared.configuration_file, "{}"));
  EXPECT_EQ(configuration_codes(), "configuration_malformed");
  fs::remove(prepared.configuration_file);
  EXPECT_EQ(configuration_codes(), "registry_unreachable");
  fs::remove(prepared.registry_key);
  EXPECT_EQ(configuration_codes(), "registry_key_missing");
}

TEST_F(DoctorGateways, TheConfigurationBesideACachedOne) {
  {
    const auto hpa = start("hpa");
  }  // leaves a cache
  auto older = prepared.configuration;
  older.version -= 1;
  publish(older, registry());
  EXPECT_EQ(configuration_codes(), "configuration_older");
  fs::remove(prepared.configuration_file);
  const auto known = check_configuration(config("hpa"), clock);
  EXPECT_EQ(codes(known.findings), "registry_unreachable");
  EXPECT_EQ(known.findings[0].severity, Severity::warning);
  EXPECT_EQ(known.configuration->version, prepared.configuration.version);
}

TEST_F(DoctorGateways, WhatTheRegistrySaysOfUs) {
  const auto codes_of = [&](const gateway::GatewayConfig& own) {
    return codes(check_membership(own, home("hpa") / "seal.pem", prepared.configuration));
  };
  EXPECT_EQ(codes_of(config("hpa")), "ok");
  auto own = config("hpa");
  own.peer_port = 1;
  EXPECT_EQ(codes_of(own), "address_differs");
  own = config("hpa");
  own.clients["letters"] = "x";
  EXPECT_EQ(codes_of(own), "subsystem_unknown");
  own = config("hpa");
  own.member = AgencyCode{"cdc"};
  EXPECT_EQ(codes_of(own), "not_a_member");
  ASSERT_TRUE(write_file(home("hpa") / "seal.pem", prepared.configuration.trust_anchors[0]));
  EXPECT_EQ(codes_of(config("hpa")), "seal_not_published");
  ASSERT_TRUE(SigningKey::generate(KeyType::ed25519).save(config("hpa").signing_key));
  EXPECT_EQ(codes_of(config("hpa")), "signing_key_differs");
}

TEST_F(DoctorGateways, TheLedger) {
  EXPECT_EQ(check_ledger(config("hpa"), false).code, "ok");  // not begun
  {
    const auto hpa = start("hpa");
    EXPECT_EQ(check_ledger(config("hpa"), true).code, "ok");
    EXPECT_EQ(check_ledger(config("hpa"), false).code, "ledger_locked");
  }
  const fs::path folder = config("hpa").state_directory / "ledger";
  {
    const auto log = ledger::Log::open(folder, gateway::ledger_origin(AgencyCode{"hpa"}),
                                       SigningKey::load(config("hpa").signing_key).value())
                         .value();
    for (int i = 0; i < 300; ++i) ASSERT_TRUE(log->append(as_bytes(std::to_string(i))));
  }
  const Finding whole = check_ledger(config("hpa"), false);
  EXPECT_EQ(whole.code, "ok") << whole.what;
  EXPECT_THAT(whole.what, HasSubstr("300 entries"));
  EXPECT_EQ(check_ledger(config("hpa"), false, 100).code, "ledger_large");
  const fs::path bundle = folder / "tile/entries/000";
  std::string bytes = read_file(bundle).value();
  bytes[100] ^= 1;
  ASSERT_TRUE(write_file(bundle, bytes));
  EXPECT_EQ(check_ledger(config("hpa"), false).code, "ledger_damaged");
  ASSERT_TRUE(SigningKey::generate(KeyType::ed25519).save(config("hpa").signing_key));
  EXPECT_EQ(check_ledger(config("hpa"), false).code, "ledger_other_key");
}

TEST_F(DoctorGateways, Examined) {
  EXPECT_EQ(codes(examine(at("nowhere"), clock)), "unreadable_config");
  const auto hpa = start("hpa"), moe = start("moe");
  Findings found = examine(home("hpa"), clock);
  EXPECT_EQ(worst(found), Severity::fine) << codes(found);
  open_to_others(home("hpa") / "tls.key.pem");
  found = examine(home("hpa") / "gateway.json", clock);
  EXPECT_EQ(worst(found), Severity::fault);
  EXPECT_THAT(codes(found), HasSubstr("file_too_open"));
  for (const Finding& one : found)
    EXPECT_EQ(one.severity == Severity::fine, one.remedy.empty()) << one.code;
}

}  // namespace
}  // namespace minben::app::doctor
