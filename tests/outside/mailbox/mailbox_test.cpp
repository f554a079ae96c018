#include <gtest/gtest.h>

#include <fmt/format.h>

#include "mailbox/mailbox.hpp"
#include "mailbox/message.hpp"
#include "process.hpp"
#include "support/shared.hpp"

namespace outside::test {
namespace {

TEST(MailboxMessage, DecodesWhatMailersWrite) {
  using mailbox::read_message;
  const auto plain =
      read_message("Subject: =?UTF-8?B?6YeR?=\r\n =?utf-8?q?=E5=8D=A1_x?=\r\n\r\nline\r\n");
  EXPECT_EQ(plain.subject, "金卡 x");
  EXPECT_EQ(plain.text, "line\r\n");
  EXPECT_EQ(read_message("Content-Transfer-Encoding: base64\r\n\r\n5rCR\r\n5pys\r\n").text, "民本");
  EXPECT_EQ(
      read_message("Content-Transfer-Encoding: quoted-printable\r\n\r\n=E6=B0=91=\r\n1=3D1 =\r\n")
          .text,
      "民1=1 ");
  EXPECT_EQ(read_message("Subject: a =?x?y\r\n\r\n\xff").subject, "a =?x?y");
  EXPECT_EQ(read_message("Subject: x\r\n\r\n\xff").text, "?");
  EXPECT_EQ(read_message("").text, "");
}

class SmtpTest : public ::testing::Test {
 protected:
  mailbox::SmtpSession session{[this](const mailbox::Envelope& mail) -> Result<void> {
    mails.push_back(mail);
    return {};
  }};
  std::vector<mailbox::Envelope> mails;
};

TEST_F(SmtpTest, TakesMailHoweverItIsCut) {
  const std::string_view talk =
      "EHLO x\r\nMAIL FROM:<a@b> SMTPUTF8\r\nRCPT TO:<C@D>\r\nRCPT TO:<民@e>\r\nDATA\r\nSubject: "
      "s\r\n\r\n..dot\r\nx\n.\ny\r\n.\r\nQUIT\r\n";
  std::string replies;
  for (const char c : talk) replies += session.take({&c, 1});
  ASSERT_EQ(mails.size(), 1u) << replies;
  EXPECT_EQ(mails[0].to, (std::vector<std::string>{"c@d", "民@e"}));
  EXPECT_EQ(mails[0].data, "Subject: s\r\n\r\n.dot\r\nx\n.\ny\r\n");  // only CRLF ends lines
  EXPECT_TRUE(session.finished());
}

TEST_F(SmtpTest, KeepsTheOrderOfCommandsAndItsBounds) {
  EXPECT_EQ(session.take("MAIL FROM:<a@b>\r\n").substr(0, 3), "503");
  session.take("EHLO x\r\n");
  EXPECT_EQ(session.take("RCPT TO:<a@b>\r\n").substr(0, 3), "503");
  EXPECT_EQ(session.take("DATA\r\n").substr(0, 3), "503");
  EXPECT_EQ(session.take("MAIL FROM:a@b\r\n").substr(0, 3), "501");
  session.take("MAIL FROM:<>\r\n");
  EXPECT_EQ(session.take("RCPT TO:<nobody>\r\n").substr(0, 3), "501");
  EXPECT_EQ(session.take("RCPT TO:<a b@c>\r\n").substr(0, 3), "501");
  for (int i = 0; i < 100; ++i) session.take("RCPT TO:<a@b>\r\n");
  EXPECT_EQ(session.take("RCPT TO:<a@b>\r\n").substr(0, 3), "452");
  session.take("DATA\r\n");
  const std::string line(1000, 'x');
  for (int i = 0; i < 1100; ++i) session.take(line + "\r\n");
  EXPECT_EQ(session.take(".\r\n").substr(0, 3), "552");
  EXPECT_TRUE(mails.empty());
  EXPECT_EQ(session.take(std::string(5000, 'x')).substr(0, 3), "500");
  EXPECT_TRUE(session.finished());
}

class MailboxTest : public ::testing::Test {
 protected:
  std::string get(std::string_view path) {
    const auto response = net::Client({}).send(
        {.url = fmt::format("http://127.0.0.1:{}{}", process.ports().at(1), path)});
    return response ? response->body : "";
  }
  Result<void> send(const net::Mail& mail) {
    return net::send_mail(fmt::format("127.0.0.1:{}", process.ports().at(0)),
                          "noreply@minben.example", mail, SystemClock());
  }
  minben::test::TemporaryDirectory directory;
  Process process{{std::string(MINBEN_BINARY_DIR) + "/outside/mailbox", "--smtp-port", "0",
                   "--port", "0", "--data", directory.path().string()}};
};

TEST_F(MailboxTest, ShowsTheNewestFirstAndEachToItsAddress) {
  ASSERT_TRUE(send({"wang@people.example", "您的驗證碼", "123456"}));
  ASSERT_TRUE(send({"Lin@people.example", "Second", "<script>alert(1)</script> & 654321"}));
  const std::string all = get("/");
  EXPECT_LT(all.find("Second"), all.find("您的驗證碼"));
  EXPECT_NE(all.find("123456"), all.npos);
  EXPECT_EQ(all.find("<script>"), all.npos);
  EXPECT_NE(all.find("&lt;script&gt;"), all.npos);
  const std::string one = get("/?to=lin%40people.example");
  EXPECT_NE(one.find("654321"), one.npos);
  EXPECT_EQ(one.find("123456"), one.npos);
  EXPECT_NE(get("/mails/1").find("您的驗證碼"), std::string::npos);
  const Json list = parse_json(get("/mails.json?to=wang%40people.example")).value();
  ASSERT_EQ(find(list, "mails")->as_array().size(), 1u);
  EXPECT_EQ(string_or(find(list, "mails")->as_array()[0], "text"), "123456");
}

TEST_F(MailboxTest, AcknowledgedMailSurvivesSigkill) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(send({"a@b.example", fmt::format("mail {}", i), "x"}));
    process.end(SIGKILL);
    process.start();
  }
  const std::string all = get("/");
  for (int i = 0; i < 3; ++i) EXPECT_NE(all.find(fmt::format("mail {}", i)), all.npos);
}

}  // namespace
}  // namespace outside::test
