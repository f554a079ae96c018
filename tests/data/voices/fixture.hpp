#pragma once
// Three agencies with stewards, two publishers that have an agency and one that has none, people,
// and a mailbox; on a virtual clock that begins on Monday 30 November 2026, noon in Taiwan.
#include <gmock/gmock.h>

#include "keys/keys.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"
#include "voices/opinions.hpp"
#include "voices/reports.hpp"
#include "voices/requests.hpp"
#include "voices/showcase.hpp"
#include "voices/subscriptions.hpp"

namespace minben::voices {

using catalogue::Dataset;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

struct VoicesTest : testing::Test {
  VirtualClock clock{parse_instant("2026-11-30T04:00:00Z").value()};
  SeededRandom random{8};
  minben::test::TestDatabase db{
      clock, {keys::migrations(), identity::migrations(), catalogue::migrations(), migrations()}};
  std::unique_ptr<keys::Keys> key_store =
      must(keys::Keys::open(db.database(), clock, random, std::make_shared<trust::KeyRing>()));
  identity::Identity identity{db.database(), clock, random, *key_store, {}};
  catalogue::Catalogue catalogue{clock, random};
  Config config{.origin = "http://localhost"};
  Voices voices{{db.database(), clock, random, identity, catalogue}, config};
  Requests& requests = voices.requests();
  Reports& reports = voices.reports();
  Opinions& opinions = voices.opinions();
  Showcase& showcase = voices.showcase();
  Subscriptions& subscriptions = voices.subscriptions();

  store::Workers workers{db.database(), clock};
  std::vector<identity::OutgoingMail> mails;
  int link_status = 200;  ///< what every link answers; 0 = nobody does

  identity::Officer platform = officer("moda"), air = officer("moenv"), town = officer("taipei");
  PersonId lin = person("lin"), wu = person("wu");

  void SetUp() override {
    publisher("moenv", "moenv");
    publisher("taipei", "taipei");
    publisher("farmers", "");
    voices.work_in(
        workers,
        [this](const identity::OutgoingMail& mail) -> Result<void> {
          mails.push_back(mail);
          return {};
        },
        nullptr,
        [this](const std::string&) -> Result<int> {
          if (link_status == 0) return fail(Kind::unavailable, "connect_failed");
          return link_status;
        });
  }

  template <class Work>
  auto act(Work&& work) {
    return db->transact(std::forward<Work>(work));
  }

  identity::Officer officer(const std::string& agency,
                            std::string_view role = identity::role::data_steward) {
    return must(act([&](store::Transaction& tx) -> Result<identity::Officer> {
      MINBEN_TRY(id, identity.add_officer(tx, {.agency = {agency},
                                               .name = "Yeh",
                                               .email = agency + std::string(role) + "@gov.example",
                                               .roles = {std::string(role)},
                                               .language = Language::en}));
      return identity.officer(tx, id);
    }));
  }
  PersonId person(const std::string& name) {
    return must(act([&](store::Transaction& tx) {
      identity::Profile profile;
      profile.email = name + "@people.example";
      profile.language = Language::en;
      return identity.add_person(tx, profile);
    }));
  }
  void publisher(const std::string& code, const std::string& agency) {
    must(act([&](store::Transaction& tx) {
      catalogue::Publisher made;
      made.code = {code};
      made.title = {code, code};
      made.agency = agency;
      return catalogue.save(tx, made);
    }));
  }
  /// Published; the same name again makes a new version.
  catalogue::DatasetId dataset(const std::string& name, const std::string& publisher = "moenv",
                               const std::string& description = "說明",
                               catalogue::Frequency frequency = {}) {
    Dataset made;
    const auto known =
        act([&](store::Transaction& tx) { return catalogue.find(tx, std::string_view(name)); });
    if (known) made = known->dataset;
    made.name = name;
    made.title = {name, name};
    made.description.zh_hant = description;
    made.publisher = {publisher};
    made.licence = "OGDL-TW-1.0";
    made.frequency = frequency;
    if (made.distributions.empty()) {
      catalogue::Distribution file;
      file.title.zh_hant = "檔案";
      file.format = "CSV";
      file.download_url = "https://data.example.tw/file.csv";
      made.distributions.push_back(file);
    }
    const auto puts = must(act([&](store::Transaction& tx) {
      return catalogue.put(tx, {&made, 1}, {catalogue::Actor::Kind::client, "one"});
    }));
    return must(puts.front()).id;
  }

  /// "to: subject" of what was sent since the last call.
  std::vector<std::string> sent() {
    must(workers.run_due());
    must(workers.run_due());  // mails that a clock's job has set
    std::vector<std::string> out;
    for (const auto& mail : mails) out.push_back(mail.to + ": " + mail.subject);
    std::ranges::sort(out);
    mails.clear();
    return out;
  }
  void go_to(std::string_view time) { clock.advance(parse_instant(time).value() - clock.now()); }
  static std::string day(Date date) { return minben::to_string(date); }
};

}  // namespace minben::voices
