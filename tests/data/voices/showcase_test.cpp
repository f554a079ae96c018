#include "fixture.hpp"

namespace minben::voices {
namespace {

using State = ReuseState;

struct ShowcaseTest : VoicesTest {
  catalogue::DatasetId river{}, market{};
  void SetUp() override {
    VoicesTest::SetUp();
    river = dataset("river");
    market = dataset("market", "taipei");
  }
  NewReuse app() {
    return {.kind = ReuseKind::app,
            .title = "可以游泳嗎",
            .words = "一看就知道",
            .url = "https://swim.example/",
            .picture = "",
            .datasets = {river, market}};
  }
  ReuseId sent_in() { return must(showcase.send({lin, "小林"}, app())); }
};

TEST_F(ShowcaseTest, is_looked_at_before_it_is_shown) {
  const ReuseId id = sent_in();
  EXPECT_EQ(showcase.find(id).error().code, "reuse_not_found");
  EXPECT_EQ(must(showcase.find(id, lin)).state, State::held);
  EXPECT_THAT(must(showcase.list(10)).entries, IsEmpty());
  EXPECT_THAT(must(showcase.queue(air)), SizeIs(1));
  EXPECT_THAT(must(showcase.queue(town)), SizeIs(1)) << "of either publisher";
  EXPECT_THAT(must(showcase.queue(officer("ntpc"))), IsEmpty());
  EXPECT_EQ(showcase.show(officer("ntpc2"), id, 1).error().code, "not_yours");
  must(showcase.show(town, id, 1));
  EXPECT_EQ(showcase.show(air, id, 1).error().code, "reuse_changed");
  EXPECT_EQ(must(showcase.find(id)).name, "小林");
  EXPECT_THAT(must(showcase.of_dataset(river)), SizeIs(1));
  EXPECT_EQ(must(showcase.list(10)).total, 1);
  EXPECT_THAT(sent(), testing::Contains(HasSubstr("lin@people.example: Your entry is in the")));
  EXPECT_EQ(showcase.remove(wu, id).error().code, "reuse_not_found");
  must(showcase.remove(lin, id));
  EXPECT_EQ(showcase.find(id).error().code, "reuse_not_found");
}

TEST_F(ShowcaseTest, is_declined_with_a_reason) {
  const ReuseId id = sent_in();
  EXPECT_EQ(showcase.decline(air, id, 1, "").error().code, "missing");
  must(showcase.decline(air, id, 1, "廣告"));
  EXPECT_EQ(must(showcase.find(id, lin)).reason, "廣告");
  const ReuseId shown = sent_in();
  must(showcase.show(air, shown, 1));
  EXPECT_EQ(showcase.decline(air, shown, 2, "後悔").error().code, "reuse_changed");
  EXPECT_TRUE(showcase.decline(platform, shown, 2, "網址改成廣告"));
}

TEST_F(ShowcaseTest, takes_no_address_or_picture_that_is_none) {
  for (const char* url : {"javascript:alert(1)", "ftp://x.example", "https://a b.example",
                          "https://user@x.example", ""}) {
    NewReuse reuse = app();
    reuse.url = url;
    EXPECT_EQ(showcase.send({lin, ""}, reuse).error().code, "bad_address") << url;
  }
  NewReuse reuse = app();
  reuse.picture = "<svg onload=alert(1)>";
  EXPECT_EQ(showcase.send({lin, ""}, reuse).error().code, "bad_picture");
  reuse.picture = "\x89PNG\r\n\x1a\n" + std::string(most_picture_bytes, 'x');
  EXPECT_EQ(showcase.send({lin, ""}, reuse).error().kind, Kind::too_large);
  reuse.picture = "\x89PNG\r\n\x1a\nrest";
  const ReuseId id = must(showcase.send({lin, ""}, reuse));
  EXPECT_EQ(showcase.picture(id).error().code, "no_picture") << "not before it is shown";
  EXPECT_EQ(must(showcase.picture(air, id)).type, "image/png");
  must(showcase.show(air, id, 1));
  EXPECT_EQ(must(showcase.picture(id)).bytes, reuse.picture);
  reuse = app();
  reuse.datasets = {};
  EXPECT_EQ(showcase.send({lin, ""}, reuse).error().field, "datasets");
  reuse.datasets = {catalogue::DatasetId::make(clock, random)};
  EXPECT_EQ(showcase.send({lin, ""}, reuse).error().code, "no_such_dataset");
}

TEST_F(ShowcaseTest, broken_links_are_noticed_after_three_failures) {
  const ReuseId id = sent_in();
  must(showcase.show(air, id, 1));
  must(voices.start());
  sent();
  link_status = 404;
  clock.advance(days{7});
  for (int i = 0; i < 2; ++i) {
    sent();
    EXPECT_FALSE(must(showcase.find(id)).broken_since) << "once is an accident";
    clock.advance(days{1});
  }
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("lin@people.example: A link in the showcase")));
  EXPECT_TRUE(must(showcase.find(id)).broken_since);
  clock.advance(days{1});
  EXPECT_THAT(sent(), IsEmpty()) << "told once";
  link_status = 403;  // it does not want programs, but it is there
  clock.advance(days{1});
  sent();
  EXPECT_FALSE(must(showcase.find(id)).broken_since);
}

}  // namespace
}  // namespace minben::voices
