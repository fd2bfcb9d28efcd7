"""How each measure is computed, in one line of English and one of Chinese, for the manual."""
# ruff: noqa: E501  # reason: one text per line

from __future__ import annotations

METHODS: dict[str, tuple[str, str]] = {
    "satisfaction": (
        "Σ w·mean of the mapped scores. With companies each item is averaged inside the company first. Interval: t over unit indices with finite population; percentile bootstrap over units (fixed seed) when item means have N/A gaps or units are weighted. With --weight a company (or respondent) counts by its weight.",
        "换算得分均值的加权和。有公司时先在公司内求题项均值。区间：单位指数的 t 区间并作有限总体修正；题项均值有缺答或单位加权时，用固定种子按单位重抽样。--weight 按权重计公司（或受访者）。",
    ),
    "top-box": (
        "Counts per level; Wilson interval, n replaced by n(N−1)/(N−n) with --population.",
        "按等级计数；Wilson 区间，给出 --population 时 n 换为 n(N−1)/(N−n)。",
    ),
    "interval": (
        "t interval with finite population; goal state by the lower bound; Welch's test between groups of --by in sorted order. 0/1 data also get a Wilson share.",
        "t 区间并作有限总体修正；按下限判断目标状态；--by 各组按顺序做 Welch 检验。0/1 数据另给 Wilson 比例。",
    ),
    "nps": (
        "Share of 9–10 minus share of 0–6. low/high: adjusted Wald (+3 answers, +¾ promoters and detractors), kept inside ±100; plain Wald beside.",
        "9–10 分占比减 0–6 分占比。low/high 为调整 Wald（加 3 个答案、推荐者与贬损者各加 ¾），不超出 ±100；另给普通 Wald。",
    ),
    "ces": (
        "mean 1–7 with t interval; net = %6–7 − %1–3; agree = %5–7 with Wilson interval.",
        "均值 1–7 及 t 区间；net = %6–7 − %1–3；agree = %5–7 及 Wilson 区间。",
    ),
    "servqual": (
        "Mean of P − E over answered pairs per dimension; weights rescaled to 1. With --overall: r and standardized regression on the dimension means.",
        "各维度成对作答的 P − E 均值；权重折算为 1。给出 --overall 时计算相关与标准化回归。",
    ),
    "expectation": (
        "d = P − E: below −τ, within ±τ met, up to δ above, from δ delight.",
        "d = P − E：低于 −τ 为低于期望，±τ 内为符合，δ 以内为超越，达到 δ 为惊喜。",
    ),
    "kano": (
        "5 × 5 evaluation table, most frequent class, ties M > O > A > I; Better/Worse over A, O, M, I; Fong's test of the two largest counts.",
        "5 × 5 评价表取最多类，并列按 M > O > A > I；Better／Worse 以 A、O、M、I 为分母；对最大两类做 Fong 检验。",
    ),
    "ipa": (
        "Quadrants by the cross-hairs (means, or --at). From respondents: importance = correlation with the overall answer.",
        "按十字线（均值或 --at）分象限。来自答卷时，重要性 = 与总体评价的相关系数。",
    ),
    "acsi": (
        "Σ w·(mean − 1)/9·100; t interval over the respondents' own scores.",
        "Σ w·（均值 − 1）／9·100；对每人得分求 t 区间。",
    ),
    "value-ratio": (
        "Weighted value over weighted cost, ratings 1–10; not on one axis with a percentage index.",
        "加权价值除以加权成本，评分 1–10；不与百分比指数同轴。",
    ),
    "alpha": (
        "k/(k−1)·(1 − Σ var/var of the sum) over complete rows; Feldt's F interval; standardized from the correlations.",
        "k/(k−1)·(1 − Σ 题项方差／总分方差)，只用完整行；Feldt 的 F 区间；标准化系数由相关矩阵得到。",
    ),
    "structural-index": (
        "PLS path model on the covariance matrix, scores of variance 1, change below 1e-12; index from outer weights per raw unit; percentile bootstrap. Respondents with a blank are left out.",
        "在协方差矩阵上求 PLS 路径模型，得分方差为 1，变化小于 1e-12 为收敛；指数由原始单位的外部权重得到；百分位重抽样。有空答的受访者不计入。",
    ),
    "rfm": (
        "Quintile = ceil(5·customers not better/n); high = at or above the mean class. --ties order ranks equal values by customer_id.",
        "五分位 = ceil(5·不更好的客户数／n)；不低于平均等级为“高”。--ties order 对相同值按客户编号排序。",
    ),
    "clv": (
        "m·r/(1+d−r), m·(1+d)/(1+d−r) and a finite sum; from purchases: BG/NBD expected purchases × Gamma-Gamma value, discounted in steps of the unit.",
        "m·r/(1+d−r)、m·(1+d)/(1+d−r) 与有限期合计；来自购买记录时：BG/NBD 期望次数 × Gamma-Gamma 金额，按时间单位贴现。",
    ),
    "bgnbd": (
        "Maximum likelihood by Newton steps with exact derivatives from fixed starts; purchases of a day are one; time in days/7 for weeks.",
        "精确导数的牛顿法求极大似然，起点固定；同一天的购买算一次；周 = 天数／7。",
    ),
    "gamma-gamma": ("Maximum likelihood over customers with x > 0.", "对 x > 0 的客户求极大似然。"),
    "sbg": (
        "Maximum likelihood of alpha and beta; shares and counts give the same parameters.",
        "α、β 的极大似然；占比与人数结果相同。",
    ),
    "churn-rhythm": (
        "P90 (linear) of the own intervals, from 4 intervals on; fewer use the segment of all customers in the file.",
        "自身间隔的 P90（线性插值），至少 4 个间隔；不足时用文件中全部客户的客群值。",
    ),
    "survival": (
        "Product-limit estimate; Greenwood variance on the log(−log) scale; log-rank with the hypergeometric covariance. Bounds at survival 0 are null.",
        "乘积限估计；log(−log) 尺度的 Greenwood 方差；对数秩检验用超几何协方差。生存率为 0 时界限为 null。",
    ),
    "retention": ("(end − new)/start with Wilson interval.", "（期末 − 新增）／期初，及 Wilson 区间。"),
    "credit": (
        "50·(1−DBT/60) + 25·on-time share + 15·(1−oldest open/60) + 10·min(1, years/3), invoice weight amount·0.5^(months/12).",
        "50·(1−DBT/60) + 25·按时占比 + 15·(1−最久未付／60) + 10·min(1, 年数／3)，发票权重 = 金额·0.5^(月／12)。",
    ),
    "abc-xyz": (
        "A while the share before the item is below 80 %, B below 95 %; X: CV ≤ 0.5, Y ≤ 1.0 with population deviation of the last 12 months.",
        "之前累计占比小于 80 % 为 A，小于 95 % 为 B；X：CV ≤ 0.5，Y ≤ 1.0，用最近 12 个月的总体标准差。",
    ),
    "stock": (
        "Normal: z·√(L·σ² + d²·σ_L²). Poisson: smallest s with cdf ≥ level. Intermittent: compound demand as negative binomial. auto: normal when ADI ≤ 1.32.",
        "正态：z·√(L·σ² + d²·σ_L²)。泊松：累积概率达到水平的最小 s。间歇：复合需求按负二项。auto：ADI ≤ 1.32 用正态。",
    ),
    "demand": (
        "Croston, SBA ×(1−α/2), TSB, SES; blank = missing, passed over. auto: candidates by Syntetos–Boylan class, chosen by rolling-origin squared error. MASE over --test periods, or one step ahead. “overall” is over series without a blank.",
        "Croston、SBA ×(1−α/2)、TSB、SES；空 = 缺失并跳过。auto：按 Syntetos–Boylan 类别选候选，再按滚动检验平方误差选择。MASE 用 --test 期，或一步预测。“overall”只含无缺失的序列。",
    ),
    "fill-rate": (
        "Complete orders, complete lines, pieces (at most those ordered), each with Wilson interval.",
        "完整订单、完整行、件数（不超过订购数），各给 Wilson 区间。",
    ),
    "eoq": ("√(2·D·K/(h·c)).", "√(2·D·K/(h·c))。"),
    "weibull": (
        "Maximum likelihood with right-censored units; profile-likelihood bounds, log-normal approximation beside (beta_wald, eta_wald).",
        "含右删失的极大似然；剖面似然界限，另给对数正态近似（beta_wald、eta_wald）。",
    ),
    "replacement": (
        "Minimum of [c_p·R(T) + c_f·(1−R(T))]/∫R, only when beta > 1 and the failure costs more.",
        "[c_p·R(T) + c_f·(1−R(T))]/∫R 的最小值，仅当 β > 1 且故障成本更高。",
    ),
    "mtbf": (
        "T/n with χ² bounds (time ended, default 90 %); no failures: one-sided lower bound, never infinity.",
        "T/n 及 χ² 界限（定时截尾，默认 90 %）；无故障时只给单侧下限，不给无穷大。",
    ),
    "mcf": (
        "Σ events/at risk with robust variance, bounds on the log scale; power law by maximum likelihood.",
        "Σ 事件数／观察数，稳健方差，对数尺度界限；幂律用极大似然。",
    ),
    "first-time-fix": (
        "One visit and no job on the same asset and component closed within --window days, over closed jobs at least that old; diagnosis-only and remote jobs apart.",
        "一次上门，且同一设备同一部件在 --window 天内没有再次关单；分母为已满观察期的关单；只诊断与远程另计。",
    ),
    "working-time": (
        "Working minutes in [start, end); a start outside counts from the next opening; a target reached at closing is due then. The column calendar wins over --calendar. Without --calendars: Mon–Fri 08:30–12:00, 13:00–17:30.",
        "[start, end) 内的工作分钟；非工作时间开始的从下次开门起算；恰在下班达到的目标当时到期。calendar 列优先于 --calendar。未给 --calendars 时：周一至周五 08:30–12:00、13:00–17:30。",
    ),
    "sla": (
        "met/(met + breached + open overdue); open and not due left out.",
        "按时／（按时 + 超时 + 逾期未完成）；未到期的不计。",
    ),
    "complaint-rate": (
        "Poisson rate with exact (Garwood) interval, per --per services.",
        "泊松率及精确（Garwood）区间，以 --per 为基数。",
    ),
    "repeat-repair": (
        "Inside when days ≤ limit and kilometers ≤ limit of the class; day 0 = leaving day.",
        "天数与公里数都不超过该类限值为期内；出厂当天为第 0 天。",
    ),
    "technician": ("Jobs/available, sold/jobs, sold/available.", "作业／可用，计价／作业，计价／可用。"),
    "assessment": (
        "(k + K·p₀)/(n + K), K = 20; funnel p₀ ± z·√(p₀(1−p₀)/n); observed/expected over classes; below n = 10 “too few”.",
        "(k + K·p₀)/(n + K)，K = 20；漏斗 p₀ ± z·√(p₀(1−p₀)/n)；按难度求实际／期望；n 不足 10 为“样本太少”。",
    ),
    "follow-up": (
        "Five shares of the summed counts, each with Wilson interval.",
        "各计数合计后的五个比例，均给 Wilson 区间。",
    ),
    "warranty": (
        "The start day is not counted, the corresponding day is the last one; end of month is kept.",
        "起始日不计，对应日为最后一天；月末对应月末。",
    ),
    "sanbao": (
        "Each full 24 h is a day, the rest one more; more than 30 days, more than 4 repairs of one problem, a main part replaced twice and still not usable, a safety fault repaired twice and still there.",
        "每满 24 小时计 1 天，余数计 1 天；累计超过 30 天、同一问题超过 4 次、主要零件更换两次仍不能正常使用、严重安全性能故障修理两次未排除。",
    ),
    "failure-cost": (
        "F + V·(wait + repair) per event, times events a year.",
        "每次 F + V·（等待 + 维修），乘以每年次数。",
    ),
    "gbt27922": (
        "Points got/applicable·100 − deductions + bonus; below 70 or from 5 deductions on: fail.",
        "得分／适用分值·100 − 扣分 + 加分；低于 70 或扣分达 5 项为不达标。",
    ),
    "themes": (
        "With segments: log-odds with an informative Dirichlet prior, terms counted once per text, z ≥ 1.96. Without: non-negative factors of tf-idf from a fixed start.",
        "有类别：带先验的对数几率，每条文本每词计一次，z ≥ 1.96。无类别：tf-idf 的非负分解，起点固定。",
    ),
    "sentiment": (
        "Own list of words of praise and blame with negation, degree and contrast. With a column label: its accuracy, and naive Bayes on words and word pairs in five folds.",
        "自编褒贬词表，处理否定、程度和转折。有 label 列时给准确率，并用词和词对做五折朴素贝叶斯。",
    ),
    "duplicates": (
        "Jaccard similarity of character pairs (Chinese) and words (English), exact by prefix filter.",
        "按中文字对和英文词计算 Jaccard 相似度，前缀过滤，结果精确。",
    ),
}
