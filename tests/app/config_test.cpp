#include "config.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "support/shared.hpp"

namespace minben::app {
namespace {

Config example(const std::filesystem::path& directory) {
  Config config;
  config.port = 9090;
  config.origin = "http://localhost:9090";
  config.database_url = "host=/run/\"x\" dbname=minben";
  config.state = directory / "platform";
  config.packages = directory / "packages";
  config.static_files = directory / "static";
  config.mail_relay = "127.0.0.1:1025";
  config.mail_from = "minben@minben.example";
  config.payment_provider_url = "http://localhost:7081";
  config.payment_secret_file = directory / "secret";
  config.exchange_configuration = directory / "configuration.json";
  config.registry_key = directory / "registry.pem";
  config.registry_directory = directory / "registry";
  config.timestamp_urls = {"https://time.example/", "https://other.example/tsa"};
  config.timestamp_roots = directory / "times.pem";
  config.ledger_policy = directory / "platform.policy";
  config.openid_networks = {"10.0.0.0/8"};
  config.harvest_networks = {"10.1.0.0/16"};
  config.tables = directory / "shared" / "tables";
  config.openid_mtls_port = 9443;
  config.openid_mtls_origin = "https://mtls.minben.example:9443";
  config.openid_mtls_certificate = directory / "mtls.pem";
  config.openid_mtls_key = directory / "mtls.key.pem";
  config.openid_client_authorities = directory / "agencies.pem";
  config.use_list_port = 9094;
  config.use_list_agency = "moda";
  config.identity_agency = "ris";
  config.life_events = "MINBEN/GOV/ris/register/deaths";
  config.mobile_approval = {.url = "http://127.0.0.1:9095",
                            .provider = "minben",
                            .secret_file = directory / "approval.secret",
                            .roots = directory / "phones.pem",
                            .server_ca = {},
                            .list_urls = {"http://127.0.0.1:9095/phones.crl"},
                            .app_link = "http://localhost:9095/verifySign"};
  config.citizens = {.roots = directory / "roots.pem",
                     .intermediates = directory / "issuing.pem",
                     .list_urls = {"http://127.0.0.1:7091/citizens.crl"},
                     .root_list_urls = {"http://127.0.0.1:7091/root.crl"},
                     .ocsp_url = "http://127.0.0.1:7091/ocsp",
                     .card_port = 9098,
                     .card_origin = "https://localhost:9098",
                     .card_certificate = directory / "cards.pem",
                     .card_key = directory / "cards.key.pem"};
  config.consumers = {{"nia", "casework", "http://127.0.0.1:7001", directory / "token"}};
  return config;
}

TEST(ConfigFile, IsReadAsItWasWritten) {
  test::TemporaryDirectory directory;
  const auto file = directory.path() / "serve.toml";
  const Config written = example(directory.path());
  ASSERT_TRUE(write_config(written, file));
  const auto read = load_config(file);
  ASSERT_TRUE(read) << describe(read.error().front());
  EXPECT_EQ(read->port, 9090);
  EXPECT_EQ(read->database_url, written.database_url);
  EXPECT_EQ(read->state, written.state);
  EXPECT_EQ(read->ledger_policy, written.ledger_policy);
  EXPECT_EQ(read->registry_directory, written.registry_directory);
  EXPECT_EQ(read->timestamp_urls, written.timestamp_urls);
  EXPECT_EQ(read->timestamp_roots, written.timestamp_roots);
  EXPECT_EQ(read->openid_networks, written.openid_networks);
  EXPECT_EQ(read->harvest_networks, written.harvest_networks);
  EXPECT_EQ(read->tables, written.tables);
  EXPECT_EQ(read->openid_authorities, written.openid_authorities);
  EXPECT_EQ(read->openid_mtls_port, 9443);
  EXPECT_EQ(read->openid_mtls_origin, written.openid_mtls_origin);
  EXPECT_EQ(read->openid_mtls_certificate, written.openid_mtls_certificate);
  EXPECT_EQ(read->openid_mtls_key, written.openid_mtls_key);
  EXPECT_EQ(read->openid_client_authorities, written.openid_client_authorities);
  EXPECT_EQ(read->use_list_address, "127.0.0.1");
  EXPECT_EQ(read->use_list_port, 9094);
  EXPECT_EQ(read->use_list_agency, "moda");
  EXPECT_EQ(read->identity_agency, "ris");
  EXPECT_EQ(read->mobile_approval.url, "http://127.0.0.1:9095");
  EXPECT_EQ(read->mobile_approval.secret_file, written.mobile_approval.secret_file);
  EXPECT_EQ(read->mobile_approval.roots, written.mobile_approval.roots);
  EXPECT_EQ(read->mobile_approval.app_link, written.mobile_approval.app_link);
  EXPECT_EQ(read->citizens.roots, written.citizens.roots);
  EXPECT_EQ(read->citizens.intermediates, written.citizens.intermediates);
  EXPECT_EQ(read->citizens.list_urls, written.citizens.list_urls);
  EXPECT_EQ(read->citizens.root_list_urls, written.citizens.root_list_urls);
  EXPECT_EQ(read->mobile_approval.list_urls, written.mobile_approval.list_urls);
  EXPECT_EQ(read->life_events, written.life_events);
  EXPECT_EQ(read->citizens.ocsp_url, written.citizens.ocsp_url);
  EXPECT_EQ(read->citizens.card_port, 9098);
  EXPECT_EQ(read->citizens.card_origin, written.citizens.card_origin);
  EXPECT_EQ(read->citizens.card_certificate, written.citizens.card_certificate);
  EXPECT_EQ(read->citizens.card_key, written.citizens.card_key);
  ASSERT_EQ(read->consumers.size(), 1u);
  EXPECT_EQ(read->consumers[0].token_file, written.consumers[0].token_file);
}

TEST(ConfigFile, NeedsNoPreparedExchangeBesideItsOwnRegistry) {
  test::TemporaryDirectory directory;
  const auto file = directory.path() / "serve.toml";
  Config written = example(directory.path());
  written.exchange_configuration.clear();
  written.registry_key.clear();
  written.exchange_instance = "TW";
  ASSERT_TRUE(write_config(written, file));
  const auto read = load_config(file);
  ASSERT_TRUE(read) << describe(read.error().front());
  EXPECT_EQ(read->exchange_instance, "TW");
  EXPECT_TRUE(read->exchange_configuration.empty());
  written.registry_directory.clear();
  ASSERT_TRUE(write_config(written, file));
  EXPECT_FALSE(load_config(file));
}

TEST(ConfigFile, TheListOfUsesNeedsAnAgencyWhoseGatewayServesIt) {
  test::TemporaryDirectory directory;
  const auto file = directory.path() / "serve.toml";
  Config written = example(directory.path());
  written.use_list_port = 0;
  ASSERT_TRUE(write_config(written, file));
  EXPECT_EQ(load_config(file)->use_list_port, 0) << "not offered";
  written.use_list_port = 9094;
  written.use_list_agency = "";
  ASSERT_TRUE(write_config(written, file));
  EXPECT_FALSE(load_config(file));
}

TEST(ConfigFile, ListsEveryFault) {
  test::TemporaryDirectory directory;
  const auto file = directory.path() / "serve.toml";
  std::ofstream(file) << "[http]\nport = 99999\norigin = 5\n[database]\nurl = \"x\"\n";
  const auto read = load_config(file);
  ASSERT_FALSE(read);
  EXPECT_GE(read.error().size(), 8u);
  std::ofstream(file) << "[http\n";
  EXPECT_EQ(load_config(file).error().front().code, "not_toml");
}

}  // namespace
}  // namespace minben::app
