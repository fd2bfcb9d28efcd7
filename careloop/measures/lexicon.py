"""Words of praise and blame in after-sales verbatims, Chinese and English, written for this project.

General knowledge of the trade, not counted from any review data. Word lists, no logic.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


POSITIVE = _words(
    """
    好 很好 挺好 不错 挺不错 棒 很棒 赞 点赞 优秀 出色 完美 满意 很满意 满足 喜欢 很喜欢 爱 热爱 超值
    值 值得 划算 实惠 便宜 优惠 合算 物美价廉 物有所值 物超所值 性价比高 推荐 值得推荐 好评 五星 漂亮
    美观 好看 帅 帅气 大气 精致 精美 时尚 高档 上档次 豪华 气派 霸气 舒服 舒适 舒心 宽敞 宽大 充足 够用
    足够 实用 好用 耐用 结实 牢固 坚固 扎实 厚实 稳 稳定 平稳 沉稳 稳重 安静 静音 省油 省电 节能 环保
    强劲 充沛 给力 有力 凌厉 灵活 灵敏 灵巧 轻便 轻巧 轻盈 轻松 方便 便捷 便利 简单 快 很快 快速 迅速
    飞快 神速 及时 准时 按时 流畅 顺畅 顺滑 顺手 清晰 清楚 清爽 鲜艳 逼真 精准 准确 精确 到位 周到 细心
    细致 贴心 耐心 热情 热心 真诚 诚信 诚恳 负责 认真 专业 礼貌 客气 友好 友善 亲切 体贴 良心 靠谱 可靠
    放心 省心 安心 安全 信赖 信任 信得过 正品 全新 完好 完整 齐全 丰富 丰厚 严实 严密 感谢 谢谢 多谢
    感激 感动 惊喜 开心 高兴 愉快 欣慰 欣赏 享受 惊艳 优点 优势 亮点 长处 强大 强悍 先进 领先 一流 顶级
    上乘 优质 优良 良好 极好 极佳 最佳 佳 赞赏 赞扬 称赞 夸奖 表扬 支持 成功 解决 修好 合适 合理 适合
    恰当 顺利 圆满 保值 皮实 抓地 跟手 过瘾 带劲 爽 爽快 痛快 酷 炫酷 炫 靓 时髦 经典 有保障 有耐心
    有礼貌 没问题 没毛病 没得说 无可挑剔 名不虚传 不后悔 不贵 不赖 不差 不吵 不卡 不亏 回头客 再来
    杠杠的 杠杠 棒棒哒 棒棒 哈哈 嘻嘻 真心 真不错 非常好 太好了 一级棒 小巧 温馨 人性化 干净 整洁 卫生
    匹配 均匀 细腻 柔软 丝滑 柔和 通透 好评如潮 满分 放心购买 速度快 质量好 态度好 效果好 服务好 手感好
    做工好 加热快 出水快 反应快 送货快 发货快 物流快 颜值 高颜值 good great excellent perfect nice
    amazing awesome wonderful fantastic best better love loved loves like liked happy pleased satisfied
    satisfying recommend recommended friendly helpful polite professional kind courteous knowledgeable
    quick quickly fast prompt promptly timely easy smooth smoothly comfortable reliable sturdy solid
    quiet clean clear beautiful handsome fair honest thorough efficient effective responsive patient
    attentive thank thanks grateful impressed impressive pleasant enjoy enjoyed worth affordable
    reasonable resolved fixed works working flawless superb outstanding brilliant exceptional delighted
    glad trust trusted trustworthy convenient useful durable safe stable powerful accurate fine cheap
    value bargain bonus careful caring top
    """
)

NEGATIVE = _words(
    """
    差 很差 太差 极差 最差 真差 较差 差劲 差评 烂 很烂 太烂 真烂 破 破烂 垃圾 糟糕 糟 恶劣 恶心 坏 坏了
    坏掉 损坏 破损 损伤 破裂 开裂 裂 断裂 断 断了 变形 脱落 掉漆 掉色 褪色 生锈 锈 漏 漏水 漏油 漏电
    渗油 渗水 漏气 异响 异味 异常 噪音 噪声 杂音 吵 刺耳 响 抖动 抖 顿挫 发抖 震动 颤抖 跑偏 卡 卡顿
    死机 黑屏 花屏 蓝屏 闪退 重启 自动关机 发热 发烫 烫手 烧 烧坏 冒烟 短路 故障 毛病 问题 瑕疵 缺陷
    缺点 缺失 缺货 缺 少了 漏发 发错 错误 错 误导 失望 很失望 失误 遗憾 可惜 后悔 郁闷 无语 无奈 生气
    气愤 愤怒 气死 火大 恼火 讨厌 烦 烦人 麻烦 费劲 费力 折腾 坑 坑人 坑爹 坑货 骗 骗子 骗人 欺骗 欺诈
    忽悠 上当 上当受骗 受骗 假 假货 假冒 伪劣 山寨 翻新 翻新货 二手 旧货 劣质 次品 残次品 不合格 粗糙
    毛糙 简陋 寒酸 廉价 难看 丑 太丑 土 老气 过时 落后 小气 单薄 薄 太薄 偏软 太硬 偏硬 硬邦邦 狭窄
    拥挤 局促 压抑 太小 偏小 慢 很慢 太慢 缓慢 迟钝 迟缓 滞后 延迟 拖延 拖拉 拖 推脱 推诿 推卸 敷衍
    搪塞 糊弄 应付 冷漠 冷淡 傲慢 粗鲁 粗暴 不耐烦 不理 没人管 没人理 不管 不负责 不负责任 无理 蛮横
    嚣张 态度差 服务差 质量差 效果差 做工差 手感差 投诉 举报 退货 退款 退换 换货 返修 返工 维权 维修
    赔偿 曝光 警告 贵 太贵 偏贵 昂贵 死贵 不值 不划算 亏 乱收费 宰 宰客 黑心 黑店 奸商 霸王 费油 油耗高
    耗油 耗电 费电 不省油 不好 不行 不满 不满意 不爽 不便 不方便 不舒服 不好用 不好看 不实用 不耐用
    不结实 不稳 不稳定 不清楚 不清晰 不灵 不灵敏 不准 不准确 不准时 不及时 不专业 不礼貌 不推荐 不建议
    不值得 不喜欢 不靠谱 不放心 不安全 不敢 不能 不了 不足 不够 不如 不明 不到位 不周 不合理 不合适
    不热 没法 没用 没有用 没反应 无法 无效 无用 失灵 失效 失败 打不开 开不了 用不了 连不上 充不进
    修不好 难用 难受 难闻 难吃 难 困难 臭 刺鼻 味道大 呛 晕 头晕 疼 痛 累 吃力 乏力 无力 肉 太肉 疲软
    薄弱 弱 危险 隐患 担心 担忧 害怕 恐怖 可怕 严重 惨 惨不忍睹 倒霉 悲剧 伤心 寒心 心寒 心塞 堵心 闹心
    糟心 窝火 憋屈 坑死 千万别 别买 慎重 慎买 谨慎 小心 鸡肋 多余 累赘 浪费 白花 白买 吐槽 抱怨 槽点
    硬伤 败笔 短板 弊端 劣势 打折扣 减分 偷工减料 货不对板 名不副实 名不符实 虚假 虚标 夸大 吹牛
    忽高忽低 划痕 刮花 脏 污渍 灰尘 油腻 缩水 掉电 卡死 死机了 掉价 降价 降价太快 呵呵 醉了 尼玛 靠
    妈的 操 滚 傻 傻逼 脑残 弱智 奇葩 差远了 太次 次 不咋地 bad worst worse poor terrible horrible
    awful disappointing disappointed disappointment broken broke break defective faulty fault fail
    failed fails failure useless waste wasted slow slowly late delay delayed rude unfriendly
    unprofessional dirty noisy noise leak leaks leaking leaked crack cracked scratch scratched rust
    rusty expensive overpriced overcharged scam cheat cheated liar lied lie fake refund return returned
    complaint complain complained angry annoyed annoying frustrating frustrated unhappy dissatisfied
    unsatisfied unacceptable unreliable unsafe dangerous hate hated problem problems issue issues wrong
    error errors missing damaged damage never nobody ignored ignore careless incompetent difficult hard
    uncomfortable cheaply flimsy weak stopped dead died garbage trash junk crap sucks stuck lost
    overheats overheating smell smelly stinks loud again avoid regret beware worthless mess
    """
)

NEGATIONS = _words(
    """
    不 没 没有 无 未 非 别 勿 并非 并不 毫无 绝不 从不 从未 不是 不会 不太 不怎么 不很 没什么 不够
    谈不上 算不上 称不上 not no never none neither nor without cannot cant dont doesnt didnt isnt wasnt
    wont hardly barely
    """
)

STRONG = _words(
    """
    很 非常 特别 极 极其 十分 相当 超 超级 太 真 真是 最 更 格外 异常 尤其 实在 确实 绝对 巨 very
    really extremely absolutely so too most totally highly
    """
)

CONTRAST = _words(
    """
    但 但是 不过 可是 然而 就是 可惜 只是 but however although though except
    """
)

STOP_WORDS = _words(
    """
    的 了 是 在 我 有 和 就 不 人 都 一 一个 上 也 很 到 说 要 去 你 会 着 没有 看 自己 这 那 它 他 她
    我们 你们 他们 这个 那个 这样 那样 什么 怎么 为什么 因为 所以 但是 但 而 而且 如果 还 还是 还有 又
    再 才 把 被 让 给 对 对于 与 及 或 或者 等 等等 吧 吗 呢 啊 呀 哦 哈 嗯 么 嘛 啦 之 其 其实 只 只是
    只有 就是 不过 可以 可能 能 能够 应该 觉得 感觉 一下 一点 一些 有点 比较 非常 真的 真是 已经 然后
    现在 时候 以后 之后 以前 里 里面 下 下来 出来 起来 过 来 用 做 多 少 大 小 高 低 太 更 最 想 知道
    没 无 比 跟 从 向 为 以 于 当 个 次 年 月 日 天 点 号 元 块 款 种 些 每 各 全 都是 不是 也是 这么
    那么 这里 那里 东西 方面 目前 总之 the a an and or but of to in on at for with from by as is are
    was were be been being it its this that these those i me my we our you your he him his she her they
    them their what which who when where how why not no so too very can could will would should may
    might must do does did done have has had having if then than there here just also about into over
    under out up down off again once more most some any all each other own same only
    """
)
