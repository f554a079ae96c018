// One request about several people: a parent's own data and a child's, each with its own consent.
#include <gmock/gmock.h>

#include "exchange/zip.hpp"
#include "fixture.hpp"

namespace minben::sharing {

using testing::Contains;
using testing::HasSubstr;

class SeveralPeople : public SharingTest {
 protected:
  SeveralPeople() { wards = {{{"A100000001", "林小", ""}, parse_date("2015-05-05").value()}}; }

  identity::Session session() {
    return identity
        .sign_in_with_proof({std::string(identity::method::citizen_certificate),
                             "MOICA",
                             "lin",
                             {2, 3, 0},
                             {"hwk", "pin"}})
        .value()
        .session;
  }
  identity::MandateId guardian() {
    return mandates.take_guardianship(session(), "A100000001").value();
  }
  PersonId ward(identity::MandateId id) {
    return run([&](store::Transaction& tx) { return mandates.find(tx, person, id); })
        .value()
        .principal;
  }
  Result<DataRequestId> begin_for(const std::vector<PersonId>& whose) {
    return requests->begin(person, mydata::DeliveryMode::counter, {household}, ris, whose);
  }
  std::set<std::string> keys_of(DataRequestId id) {
    std::set<std::string> all;
    for (const auto& one : state(id).items) all.insert(one.key);
    return all;
  }
  const AgencyCode ris{"ris"};
};

TEST_F(SeveralPeople, GoToAClerkInFoldersAndEachSeesTheLook) {
  const PersonId child = ward(guardian());
  const DataRequestId id = begin_for({person, child}).value();
  EXPECT_TRUE(state(id).several_people());
  ASSERT_TRUE(decide(id, keys_of(id)));
  work_for(seconds(2));
  ASSERT_TRUE(requests->scan(ris, requests->new_barcode(person, id).value()));
  mails.clear();
  work_for(seconds(1));
  ASSERT_EQ(mails.size(), 1u) << "the code goes to who asked";
  const std::string code = mails[0].text.substr(mails[0].text.find("\n\n") + 2, 6);
  const auto file = requests->hand_over(ris, id, code, "caseworker");
  ASSERT_TRUE(file) << describe(file.error());
  std::vector<std::string> names;
  for (const auto& entry : exchange::read_zip(file->zip, 64).value()) names.push_back(entry.name);
  EXPECT_THAT(names, Contains(HasSubstr("林小 ")));
  EXPECT_THAT(names, Contains(HasSubstr("lin ")));
  for (const PersonId whose : {person, child}) {
    const auto uses = run([&](store::Transaction& tx) { return mydata.usages_of(tx, whose); });
    EXPECT_EQ(uses->size(), 1u);
    const auto consents =
        run([&](store::Transaction& tx) { return mydata.consents_of(tx, whose); });
    ASSERT_EQ(consents->size(), 1u);
    EXPECT_EQ(consents->front().act.has_value(), whose == child);
  }
}

TEST_F(SeveralPeople, OnlyUnderAMandateThatHoldsAtTheTime) {
  const PersonId stranger = proven_person("B123456780", "chen");
  EXPECT_EQ(begin_for({person, stranger}).error().code, "no_mandate");
  const identity::MandateId mandate = guardian();
  const PersonId child = ward(mandate);
  EXPECT_EQ(begin_for({child, child}).error().code, "people_twice");
  const DataRequestId id = begin_for({person, child}).value();
  ASSERT_TRUE(mandates.end(session(), mandate));
  EXPECT_EQ(decide(id, keys_of(id)).error().code, "no_mandate");
  for (const auto& one : state(id).items)
    EXPECT_EQ(one.state, ItemState::asked) << "all or nothing";
}

TEST_F(SeveralPeople, AfterTheRegisterHasConfirmedItWithinADay) {
  const identity::MandateId mandate = guardian();
  const PersonId child = ward(mandate);
  clock.advance(hours(25));
  EXPECT_EQ(begin_for({child}).error().code, "mandate_to_confirm");
  ASSERT_TRUE(mandates.confirm(session(), mandate));
  EXPECT_TRUE(begin_for({child}));
}

TEST_F(SeveralPeople, WithdrawsForTheChildAlone) {
  const PersonId child = ward(guardian());
  const DataRequestId id = begin_for({person, child}).value();
  ASSERT_TRUE(decide(id, keys_of(id)));
  work_for(seconds(2));
  ASSERT_TRUE(requests->withdraw(person, id, state(id).items[1].key));
  EXPECT_EQ(item(id, 0), ItemState::ready);
  EXPECT_EQ(item(id, 1), ItemState::withdrawn);
  EXPECT_EQ(requests->withdraw(person, id, "nothing").error().code, "no_such_request");
}

}  // namespace minben::sharing
