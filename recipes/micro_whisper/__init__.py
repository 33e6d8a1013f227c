"""The recipe of the bundled model, from nothing: sentences, speech, training, exports.

The way of the data::

    lexicon ─ grammar ─Sentence→ speech ─Utterance→ dataset ─ windows ─ train ─→ export ─→ evaluate
                                    └──→ corpus (sessions for the accuracy benchmark)

`speech` and `corpus` need espeak-ng and flite; what comes after `dataset` needs the extra `recipe`.
"""
