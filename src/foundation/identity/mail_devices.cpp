#include <fmt/format.h>

#include "mail_text.hpp"

namespace minben::identity {

namespace {

std::string name_of(const Device& device, Language language) {
  if (device.browser.empty() || device.system.empty()) return device.browser + device.system;
  return language == Language::en ? fmt::format("{} on {}", device.browser, device.system)
                                  : fmt::format("{} 的 {}", device.system, device.browser);
}

}  // namespace

OutgoingMail new_device_mail(std::string_view to, std::string_view platform, const Device& device,
                             Instant at, Language language) {
  const std::string name = name_of(device, language), when = long_time(at, language);
  if (language == Language::en)
    return {
        std::string(to), fmt::format("{}: signed in on a new device", platform),
        fmt::format("Somebody signed in to your account with {}, on {}.\n\nIf it was you, there "
                    "is nothing to do. If not, open My account, press “Sign out everywhere” "
                    "and remove the ways to sign in that are not yours.\n",
                    name, when)};
  return {std::string(to), fmt::format("{}：在新裝置登入", platform),
          fmt::format("有人於{}以{}登入您的帳號。\n\n"
                      "如果是您本人，不需要做任何事。如果不是，請到「我的帳號」按「登出所有裝置」，"
                      "並移除不是您的登入方式。\n",
                      when, name)};
}

OutgoingMail lost_mail(std::string_view to, std::string_view platform, Language language) {
  if (language == Language::en)
    return {
        std::string(to), fmt::format("{}: your lost device was shut out", platform),
        "Ways to sign in were removed from your account, because a device was reported as lost, "
        "and all other sign-ins were ended.\n\nIf it was not you, tell the agency that handles "
        "your matters at once.\n"};
  return {std::string(to), fmt::format("{}：遺失的裝置已停用", platform),
          "因為有裝置通報遺失，您的帳號已移除該裝置的登入方式，其他裝置上的登入也已結束。\n\n"
          "如果不是您本人通報的，請立刻通知承辦您事務的機關。\n"};
}

OutgoingMail opened_mail(std::string_view to, std::string_view platform, Language language) {
  if (language == Language::en)
    return {std::string(to), fmt::format("{}: your account is open again", platform),
            "The household register had said that you have died, so your account was closed. That "
            "was a mistake, for which we are sorry. The account is open again, and everything in "
            "it is as it was. Sign in as before.\n"};
  return {std::string(to), fmt::format("{}：您的帳號已恢復", platform),
          "戶政登記曾誤載您已過世，帳號因此關閉。造成您的困擾，我們深感抱歉。\n\n"
          "帳號現在已恢復，內容都和以前一樣，請照常登入。\n"};
}

OutgoingMail locked_mail(std::string_view to, std::string_view platform, Language language) {
  if (language == Language::en)
    return {
        std::string(to), fmt::format("{}: somebody tries to sign in as you", platform),
        "Somebody entered your national id with wrong numbers of your health card or household "
        "several times. Signing in that way is locked for a day; other ways still work.\n\nIf it "
        "was you, look at the numbers again tomorrow. If not, you need not do anything.\n"};
  return {std::string(to), fmt::format("{}：有人試圖以您的身分登入", platform),
          "有人多次輸入您的身分證統一編號，但健保卡卡號或戶號不符。"
          "這種登入方式已鎖住一天，其他登入方式不受影響。\n\n"
          "如果是您本人，請核對號碼後明天再試；如果不是，不需要做任何事。\n"};
}

}  // namespace minben::identity
