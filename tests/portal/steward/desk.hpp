#pragma once
// The house with what only stewards have: uploads on their way, and catalogues that are harvested.
#include "browser.hpp"
#include "harvest/harvest.hpp"
#include "steward/steward.hpp"
#include "uploads/uploads.hpp"

namespace minben::steward {

struct Desk : open::House {
  std::unique_ptr<uploads::Uploads> files;
  std::unique_ptr<harvest::Harvester> harvester;
  streams::Live* streams = nullptr;  ///< of those who test them: set before SetUp()

  void SetUp() override {
    for (const auto& migrations : {uploads::migrations(), harvest::migrations()})
      ASSERT_TRUE(db->migrate(migrations));
    files = *uploads::Uploads::open({.directory = temporary.path() / "tables" / ".uploads"},
                                    db.database(), *tables, clock, random);
    harvest::Config config;
    config.fetcher.networks = {*net::Network::parse("127.0.0.0/8")};
    config.stall_timeout_ms = milliseconds{2000};
    harvester = std::make_unique<harvest::Harvester>(db.database(), catalogue, clock, random,
                                                     std::move(config));
    routes = steward::routes({*site, db.database(), catalogue, *index, voices, *tables, clock,
                              random, quality, *harvester, *files, streams});
  }
  OfficerId officer(const std::string& agency,
                    std::string_view role = identity::role::data_steward) {
    return *db->transact([&](auto& tx) {
      return identity.add_officer(tx, {.agency = {agency},
                                       .name = "Yeh",
                                       .email = agency + std::string(role) + "@gov.example",
                                       .roles = {std::string(role)}});
    });
  }
};

}  // namespace minben::steward
