"""Over the panes: what to click next to register results, and what came of it."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from viewer.model.registering import FEWEST, RegisterModel

ANY = "Click a point of {moving}, then the same one of {fixed}; three pairs or more. Or register by the shapes alone."
PARTNER = "Pair {number}: now click the same point of {other}."
MORE = "{count} picked. Click another point of {moving} or {fixed}; {missing} more."
ENOUGH = "{count} picked. Register, or pick more for a better start."
BUSY = "Bringing {moving} onto {fixed} …"


class RegisterHint(QFrame):
    """Says what to click next, and registers. Shown only while results are being registered.

    Parameters
    ----------
    model : RegisterModel
    """

    def __init__(self, model: RegisterModel) -> None:
        super().__init__()
        self._model = model
        self.setObjectName("hint")
        self._title, self._onto = QLabel(objectName="title"), QComboBox()
        self._onto.setToolTip("What stays where it is")
        self._onto.setAccessibleName("What stays where it is")
        self._onto.activated.connect(lambda _: model.choose(self._onto.currentData()))
        self._text, self._message = QLabel(wordWrap=True), QLabel(wordWrap=True, objectName="warning")
        self._scale = QCheckBox("Size may change", checked=model.scale)
        self._scale.setToolTip("Whether what is moved may also grow or shrink")
        self._scale.toggled.connect(self._on_scale_toggled)
        self._back = QPushButton("Undo point", toolTip="Forget the last point")
        self._cancel = QPushButton("Cancel", toolTip="Leave everything where it is")
        self._register = QPushButton("Register", objectName="primary")
        self._back.clicked.connect(model.take_back)
        self._cancel.clicked.connect(model.stop)
        self._register.clicked.connect(model.register)
        self._arrange()
        events = model.events
        for event in (events.moving, events.fixed, events.pairs, events.open, events.busy, events.said, events.message):
            event.connect(self._on_changed)
        self._on_changed()

    def _arrange(self) -> None:
        top, buttons = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self._title)
        top.addWidget(self._onto, stretch=1)
        buttons.addWidget(self._scale)
        buttons.addStretch()
        for button in (self._back, self._cancel, self._register):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 10, 10)
        for row in (top, self._text, self._message, buttons):
            layout.addWidget(row) if isinstance(row, QLabel) else layout.addLayout(row)
        self.setMinimumWidth(440)

    def _on_changed(self, *_: object) -> None:
        model = self._model
        self.setVisible(bool(model.moving))
        if not model.moving:
            return
        done = bool(model.said)
        self._title.setText(f"Move {model.title(model.moving)} onto")
        self._show_others()
        self._text.setText(model.said or self._wanted())
        self._message.setText(model.message)
        self._message.setVisible(bool(model.message))
        for widget in (self._scale, self._back, self._register):
            widget.setVisible(not done)
            widget.setEnabled(not model.busy)
        self._onto.setEnabled(not (done or model.busy))
        self._back.setEnabled(bool(model.marks) and not model.busy)
        self._register.setEnabled(model.can_register)
        self._register.setText("Register" if model.pairs else "By their shapes")
        self._cancel.setText("Done" if done else "Cancel")
        self.adjustSize()

    def _wanted(self) -> str:
        model = self._model
        names = {"moving": model.title(model.moving), "fixed": model.title(model.fixed)}
        count = len(model.pairs)
        if model.busy:
            return BUSY.format(**names)
        if model.open is not None:
            other = names["fixed"] if model.open.key == model.moving else names["moving"]
            return PARTNER.format(number=model.open.number, other=other)
        counted = f"{count} pair{'s' * (count > 1)}"
        if not count:
            return ANY.format(**names)
        return (ENOUGH if count >= FEWEST else MORE).format(count=counted, missing=FEWEST - count, **names)

    def _show_others(self) -> None:
        others = [(each.title, each.key) for each in self._model.others]
        there = [(self._onto.itemText(row), self._onto.itemData(row)) for row in range(self._onto.count())]
        if others != there:
            self._onto.clear()
            for title, key in others:
                self._onto.addItem(title, key)
        self._onto.setCurrentIndex(self._onto.findData(self._model.fixed))

    def _on_scale_toggled(self, on: bool) -> None:
        self._model.scale = on
