// What is kept, and what can be proven.
#include "ledger/commitments.hpp"
#include "ledger/ledger.hpp"
#include "world.hpp"

namespace minben::casework {

using Privacy = CaseworkTest;

TEST_F(Privacy, NothingPersonalIsReadableInAnyTable) {
  const auto id = in_review();
  const auto who = officer("nia");
  const auto supplement = ask(id);
  must(casework().send_message(applicant_, id, AgencyCode{}, "SECRETWORD from me"));
  answer(id, supplement);
  must(casework().mark(who, task_of(who, id).id, "/passport_no", MarkValue::wrong, "SECRETWORD"));
  const auto task = task_of(who, id);
  must(casework().decide(who, task.id, task.version, {"refuse", {"not_qualified"}, "SECRETWORD"}));
  const auto approver = officer("nia", 2);
  const auto confirmation = claimed(approver, id);
  must(casework().confirm_refusal(approver, confirmation.id, confirmation.version, true, ""));
  must(world_->run_due());
  filled_draft(applicant_);

  const auto tables = must(world_->database().run(
      store::Query{"test_tables",
                   "select table_schema || '.' || table_name as name from information_schema.tables"
                   " where table_type = 'BASE TABLE' and table_schema not in"
                   " ('pg_catalog', 'information_schema')"
                   // A package's examples are made up, and part of its files.
                   " and not (table_schema = 'casework' and table_name = 'package')"}));
  EXPECT_GT(tables.size(), 20);
  for (const auto table : tables) {
    const auto name = table.text("name");
    const auto sql = "select count(*) as n from " + name +
                     " t where t::text ~* 'SECRETWORD|X1234567|DOE,|" + hex_of("SECRETWORD") + "|" +
                     hex_of("X1234567") + "|" + hex_of("DOE, JANE") + "'";
    const auto statement = "test_scan_" + name;
    const auto rows = must(world_->database().run(store::Query{statement, sql}));
    EXPECT_EQ(rows.front().integer("n"), 0) << name;
  }
}

TEST_F(Privacy, EachLineOfTheHistoryHasAReceipt) {
  const auto id = in_review();
  ledger::Sequencer sequencer(world_->database(), world_->logs());
  must(sequencer.run_once());
  const auto found = view(id);
  for (const auto& entry : found.history) {
    const auto receipt = must(casework().history_receipt(applicant_, id, entry.sequence));
    const auto verified = ledger::verify_receipt(receipt, world_->logs().newest().vkey());
    ASSERT_TRUE(verified.has_value()) << describe(verified.error());
    EXPECT_EQ(string_or(verified->claim.content, "event"), entry.event);
    EXPECT_EQ(string_or(verified->claim.content, "number"), found.summary.number);
  }
  const auto other = must(world_->new_applicant("SMITH, JOHN"));
  EXPECT_EQ(code_of(casework().history_receipt(other, id, 1)), "case_not_found");
  EXPECT_EQ(code_of(casework().history_receipt(applicant_, id, 999)), "entry_not_found");
}

TEST_F(Privacy, AnErasedPersonCannotBeReadAnyMore) {
  const auto id = in_review();
  must(world_->database().transact([&](store::Transaction& tx) {
    return world_->identity().erase_person(tx, applicant_.person);
  }));
  EXPECT_EQ(code_of(casework().my_case(applicant_, id)), "erased");
  EXPECT_EQ(code_of(casework().open_case(officer("nia"), id)), "erased");
}

}  // namespace minben::casework
