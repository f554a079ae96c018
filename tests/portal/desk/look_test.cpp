#include <fstream>
#include <thread>
#include "desk_house.hpp"
namespace minben::desk {
namespace {
class Look : public DeskHouse {};
TEST_F(Look, DISABLED_Serves) {
  const CaseId id = in_review(applicant_);
  auto nia = officer("nia");
  for (int i = 0; i < 4; ++i) in_review(must(world_->new_applicant("ROE, RICHARD")));
  decide("nia", id, "pass");
  auto wda = officer("wda");
  decide("moda", id, "qualified");
  auto t = task_of(wda, id); t = must(casework().claim(wda, t.id, t.version));
  must(casework().mark(wda, t.id, "/passport_no", casework::MarkValue::wrong, "One digit is missing."));
  must(casework().mark(wda, t.id, "/name_latin", casework::MarkValue::ok, ""));
  const CaseId other = in_review(must(world_->new_applicant("NGUYEN, LINH")));
  auto t2 = task_of(nia, other); t2 = must(casework().claim(nia, t2.id, t2.version));
  must(casework().decide(nia, t2.id, t2.version, {"refuse", {"overstay_record"}, "Overstayed in 2019."}));
  auto nia2 = officer("nia", 2);
  auto t3 = task_of(nia2, other); t3 = must(casework().claim(nia2, t3.id, t3.version));
  must(casework().send_message(wda, id, AgencyCode{"wda"}, "Please call us."));
  must(world_->advance_to(*parse_date("2026-03-20")));
  auto tok = [&](auto& o) { return must(world_->identity().sign_in_unchecked(o.id, identity::Assurance::substantial)).token; };
}
}
}
